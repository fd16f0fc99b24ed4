"""What is one sentence, what is a Code in it, what is protected, which attributes are shown."""

import pytest

import parsers
from parsers.document import Code, Role, readable
from parsers.masking import KINDS, MaskRules
from parsers.options import ParseOptions

PLAIN = ParseOptions(masks=MaskRules(off=frozenset(KINDS)))


def parse(text):
    return parsers.parse(text.encode(), "html", PLAIN)


def shown(text):
    """The segments as text, a Code as ``[label]``, ``[/label]`` or ``[label/]``."""
    signs = {"open": "[{}]", "close": "[/{}]", "standalone": "[{}/]"}
    return ["".join(signs[item.kind.value].format(item.label) if isinstance(item, Code) else item for item in s.content)
            for s in parse(text).segments]


@pytest.mark.parametrize(("text", "expected"), [
    ("<p>One <b>bold</b> word.</p><p>Two</p>", ["One [strong]bold[/strong] word.", "Two"]),
    ("<p><b>All bold</b></p>", ["All bold"]),
    ("<p><img src=x> <a name=y></a> Text <br></p>", ["Text"]),
    ("<div>before<p>inside</p>after</div>", ["before", "inside", "after"]),
    ("<a href=x><div>block in link</div></a>", ["block in link"]),
    ("<ul><li>one<li>two</ul>", ["one", "two"]),
    ("<table><tr><td>a<td>b<tr><th>c</table>", ["a", "b", "c"]),
    ("<b>one <i>two</b> three</i>", ["[strong]one [em/]two[/strong] three"]),
    ("<p>one <b>two<p>three</b> four", ["one [strong/]two", "three[strong/] four"]),
    ("x<br><br>y<br>z", ["x", "y[br/]z"]),
    ("<a>Home</a> | <a>About <b>us</b></a>", ["Home", "About [strong]us[/strong]"]),
    ("See <a>this</a> and <a>that</a>", ["See [link]this[/link] and [link]that[/link]"]),
    ("<span><a>Live</a></span> <a>Now</a>", ["[span][link]Live[/link][/span] [link]Now[/link]"]),
    ("Press <button>Go <b>on</b></button> now", ["Press [button/] now", "Go [strong]on[/strong]"]),
    ("<button>Save</button> <button>Leave</button>", ["Save", "Leave"]),
    ("Use <code>a &lt; b</code> here", ["Use [code/] here"]),
    ("<ruby>\u6f22<rp>(</rp><rt>kan</rt></ruby> is Chinese", ["[ruby]\u6f22[rp/][rt/][/ruby] is Chinese", "kan"]),
    ("<select><option>one<option>two</select>", ["one", "two"]),
    ("12 <b>34</b> &amp;", []),
    ("&nbsp; padded&nbsp;", ["padded"]),
    ("<x-card>In a card</x-card><x-card>Another</x-card>", ["In a card", "Another"]),
    ("a<svg><title>tree</title><text>oak <tspan>leaf</tspan></text><path/></svg>b",
     ["a[svg/]b", "tree", "oak [tspan]leaf[/tspan]"]),
    ("<template><p>later</p></template><noscript>no script</noscript>", ["later", "no script"]),
    ("a<!-- note -->b", ["a[comment/]b"]),
    ("say {{ name }} please", ["say [template/] please"]),
])
def test_sentences(text, expected):
    assert shown(text) == expected


def test_codes_are_numbered_and_keep_their_source():
    content = parse("<p>a <b class=x>b <i>c</i></b> <code>d</code> e</p>").segments[0].content
    assert [(c.id, c.kind.value, c.source, c.equiv) for c in content if isinstance(c, Code)] == [
        (1, "open", "<b class=x>", ""), (2, "open", "<i>", ""), (2, "close", "</i>", ""), (1, "close", "</b>", ""),
        (3, "standalone", "<code>d</code>", "d")]


def test_text_is_decoded():
    assert parse("<p>caf&eacute; &lt;b&gt; &#x41;\r\nnext</p>").segments[0].content == ("café <b> A\nnext",)


@pytest.mark.parametrize(("text", "reason", "protected"), [
    ("<pre>code here</pre>", "code block", "code here"),
    ("<p translate=no>Name</p>", 'translate="no"', "Name"),
    ("<p class='x notranslate'>Name</p>", 'translate="no"', "Name"),
    ("<div translate=no><p>Name</p></div>", 'translate="no"', "Name"),
    ("<!-- translate:off --><p>Name</p><!-- translate:on -->", "translate:off", "Name"),
    ("<p><code>only()</code></p>", "code", "only()"),
    ("<textarea>draft</textarea>", "form content", "draft"),
    ("<math><mi>x</mi></math>", "math", "x"),
    ("<p>x<code>y<p>z</p>", "code", "z"),
])
def test_protected_texts_are_named(text, reason, protected):
    assert (reason, protected) in [(p.reason, p.text) for p in parse(text).protected]


def test_nothing_of_scripts_and_styles_is_shown():
    document = parse("<script>var a = 'text'</script><style>p {}</style><svg><style>x</style></svg>")
    assert (document.segments, document.protected) == ((), ())


def test_translate_yes_inside_no():
    assert shown("<div translate=no>Name <p translate=yes>but this</p></div>") == ["but this"]
    assert shown("Keep <span translate=no>My <b translate=yes>own</b> Name</span> please") == [
        "Keep [span/] please", "own"]


def test_a_locked_name_stays_in_its_sentence():
    content = parse("Ask for <span translate=no>Green Card</span> here").segments[0].content
    assert readable(content) == "Ask for Green Card here"


@pytest.mark.parametrize(("tag", "where"), [
    ("<img alt='Some text'>", "img alt"), ("<p title='Some text'>", "p title"),
    ("<input placeholder='Some text'>", "input placeholder"), ("<i aria-label='Some text'>", "i aria-label"),
    ("<input type=SUBMIT value='Some text'>", "input value"), ("<option label='Some text'>", "option label"),
    ("<table summary='Some text'>", "table summary"), ("<th abbr='Some text'>", "th abbr"),
    ("<meta name=Description content='Some text'>", "meta description"),
    ("<meta property=og:title content='Some text'>", "meta og:title")])
def test_shown_attributes(tag, where):
    assert [(s.where, s.content) for s in parse(tag).segments] == [(where, ("Some text",))]


@pytest.mark.parametrize("tag", [
    "<input type=text value=text>", "<meta name=viewport content=text>", "<a href=text name=text>", "<p title='12'>",
    "<p title>", "<p translate=no title=text>", "<meta charset=text>"])
def test_attributes_that_are_not_shown(tag):
    assert parse(tag).segments == ()


def test_attributes_of_a_doubled_name_count_once():
    assert shown("<img alt=first alt=second>") == ["first"]


def test_an_attribute_inside_a_code_follows_its_sentence():
    assert shown("<p>See <img alt='a rose' src=x> there</p>") == ["See [image/] there", "a rose"]


def test_roles_and_headings():
    document = parse("<title>T</title><h1>One</h1><h2>Two</h2><p>text<ul><li>item</ul><h2>Three</h2><table><td>cell"
                     "<caption>cap</table><dl><dt>term<dd>is</dl><button>name</button><img alt=pic>")
    assert [(s.role, s.path) for s in document.segments] == [
        (Role.TITLE, ()), (Role.HEADING, ()), (Role.HEADING, ("One",)), (Role.PARAGRAPH, ("One", "Two")),
        (Role.LIST_ITEM, ("One", "Two")), (Role.HEADING, ("One",)), (Role.TABLE_CELL, ("One", "Three")),
        (Role.CAPTION, ("One", "Three")), (Role.TERM, ("One", "Three")), (Role.LIST_ITEM, ("One", "Three")),
        (Role.FORM, ("One", "Three")), (Role.ALT_TEXT, ("One", "Three"))]


def test_what_is_no_character_never_reaches_an_engine():
    content = parse("<p>a\0b &ammo; &#1; &NotSubset; c</p>").segments[0].content
    assert [c.source for c in content if isinstance(c, Code)] == ["\0", "&ammo;", "&#1;", "&NotSubset;"]


def test_an_empty_page_has_no_segments():
    assert parse("").segments == ()


@pytest.mark.parametrize("text", ["<div>" * 3000, "<b>" * 3000 + "x", "<b><p>x" * 1000, "{{" * 9000, "<% " * 9000,
                                  "<a>x</a> " * 2000, "<x-y>a" * 2000 + "</x-y>" * 2000, "<!-- " * 5000,
                                  "<p><table><td>" + "<i>" * 3000 + "</p>" * 3000, "<a " * 9000])
def test_large_sloppy_pages_are_read(text):
    assert parsers.render(parse(text), {}) == text.encode()


@pytest.mark.parametrize(("text", "protected"), [
    ('<iframe srcdoc="<p>Some &lt;b>nested&lt;/b> text</p><pre>code</pre>"></iframe>',
     [("iframe srcdoc", "Some nested text"), ("code block", "code")]),
    ("<iframe srcdoc='&lt;img alt=\"a cat\">'></iframe>", [("iframe srcdoc", "a cat")]),
    ("<iframe srcdoc='<iframe srcdoc=&quot;<i>deep&quot;>'></iframe>", [("iframe srcdoc", "<i>deep")]),
    ("<!--[if mso]><p>In <b>Outlook</b> only</p><![endif]--><p>all</p>", [("conditional comment", "In Outlook only")]),
    ("<!--[if !mso]><!--><p>elsewhere</p><!--<![endif]--><!-- a comment -->", []),
    ("<!--[if gte mso 9]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><![endif]-->", []),
])
def test_texts_of_a_page_within_the_page_are_accounted_for(text, protected):
    found = parsers.parse(text.encode(), "html")
    assert [(one.reason, one.text) for one in found.protected] == protected
