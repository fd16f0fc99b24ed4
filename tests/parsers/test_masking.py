"""What is masked in a text, what must not be, and that finding it takes linear time."""

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from parsers.mask_patterns import PATTERNS, SUSPECT
from parsers.masking import KINDS, Mask, MaskRules

MASKED = """
url          | See [https://example.com/a_(b)?x=1#y]. | (cf. [http://x.org/a]) | [https://a.io/b], [https://c.io]!
url          | Visit [www.foo.org/bar], [example.com] or [Booking.com]; [mailto:a@b.de] | “[ftp://x.y/z]”
url          | 请访问[https://example.com]了解。 | on [localhost:8080] and [10.0.0.1:443/x] | [http://h/{id}/x]
email        | write to [john.doe+x@mail.example.co.uk]. | 联系[foo@bar.com]谢谢 | <[a@b-c.org]>
path         | edit [/etc/hosts] and [~/bin]; run [./run.sh] | [src/main.py], [docs/guide] | (see [README.md]).
path         | [../x]
path         | [src/**/*.ts] or [*.ts], [.gitignore], [package.json]! | the [/metrics] endpoint
path         | sent as [application/json]
path         | open [C:\\Users\\x\\a.txt]. | in [C:\\Program Files (x86)\\Foo\\bar.exe] | on [\\\\server\\share]
path         | 文件[README.md]中
placeholder  | Hello [{name}], [{0}] of [{user.name}] | [%s] and [%1$s], [%(n)d] [%(name)s] [%@] [%d%%] [%5.2f] | [{}]
placeholder  | [${x}] and [$t(key)], [%{y}] | [{n:.2f}] [{v!r}] | on [%Y-%m-%d] | [#{ruby}] [{$smarty}] [$(MAKE)]
placeholder  | Dear [[FirstName]] [[LAST_NAME]] of [[company_name]] | [%%first%%]
placeholder  | You have [{count, plural, one {# file} other {# files}}]. | It costs [{sum, number, currency}]
template     | Dear [{{ user }}], [{% if x %}]yes[{% endif %}]
template     | [{{{raw}}}] [${{ github.ref }}] [<%= x %>] [{* note *}]
shortcode    | see [{{< ref "a" >}}] and [{{% note %}}] | [[[Some Page]]] | [[gallery ids="1,2"]] [[/caption]]
shortcode    | ok [:+1:] [:tada:]
role         | as in [:ref:`foo bar`] and [{doc}`x`]
directive    | [::: warning] Mind | [!!! note] "Title" | [??? tip] | [[!NOTE]] Read this | Title [{#some-id}]
directive    | [.. note::] x
math         | where [\\(x_1\\)] and [$$x^2$$] | so [\\[a = b\\]]
version      | since [v1.2.3], [1.2.3-rc1], [1.0.0+build] | Python [3.x] or [v2] | [^1.2.0] | ([192.168.0.1])
version      | from [2.0.0].
identifier   | with [OpenTelemetry] on [GitHub]'s [useState] | 使用[GitHub]进行开发
identifier   | [JavaScript], [Node.js] and [ASP.NET]
identifier   | call [os.path.join] or [foo()], [Console.WriteLine], [std::vector] | [snake_case] [MAX_SIZE] [__init__]
identifier   | use [--force] and [--output=x.json], set [$HOME] or [%APPDATA%] | a [<br>] and [</p>]
identifier   | id [123e4567-e89b-12d3-a456-426614174000] | commit [a1b2c3d], at [0x1F] | [sha256:abcdef0123456789]
mention      | ask [@user], install [@scope/pkg] | (thanks [@jane-doe]!)
citation     | As [[@doe2020, p. 33]] says. | [[see @doe2020, chap. 3; also @roe2021]] | [[-@doe]] | in [@doe2020 [p. 33]]
citation     | see [@smith:2004] and [@Smith.etal.2020] | [[see @fig-plot; @tbl-one]]
hashtag      | post with [#MeToo] and [#été]. | [#c2]
"""
"""Kind, then examples; every masked stretch stands in square brackets."""

PROSE = """
[Your Name] | [NOTE] | 50%% off %%x | [thanks to you @ home]
and/or | he/she | A/B tests | 24/7 | 1/2 cup | N/A | 90 km/h | input/output devices | TCP/IP | 12/10/2024 | CI/CD
e.g. this | i.e. that | in the U.S. today | the U.S.A. | at 5 a.m. | Mr.Smith | the end.Then he | z.B. | d.h.
J.R.R. Tolkien
3.5 million | 1,000.50 | 1.000.000 Euro | on 12.10.2024 | 50% discount | 100%sure | 3.2.1% | version 3.11 | 12:30:45
2024-10-12
it's | don't | l'été | NASA | COVID-19 | H1N1 | URLs and APIs | CEOs | iPhone | eBay | WiFi | SaaS | PhD | mRNA | GmbH
kWh
McDonald | MacArthur | DeVito | LehrerInnen | O'Neill | C# and F# | the #1 hit | US$100 | costs $5 | tod@s | me @ home
AT&T
note: this | he said -- and then | well--known | Name: ______ | wait...what | rock 'n' roll | [sic] | (see below)
[1] | RESTful
decade | facade | defaced | 1930s | Wait... | “quoted.” | a -> b | x = y | a * b | 10^6 | 100 + 5 | What?! | !!! Great
??? | <3
**strong** | _slanted_ | __important__ | word/ word | 3 < 5 > 2 | { a, b } | ok.thanks | finished.so I | 50 %, 60 %
5 % discount
Das ist z. B. gut. | Les prix : 5 €. | ¿Qué? | Привет.Как дела | 你好。世界 | وقال: نعم | हिन्दी में | 5：30 | 他/她
"""


def rows(table: str) -> list[str]:
    return [cell.strip() for line in table.strip().splitlines() for cell in line.split(" | ")]


def cases() -> list[tuple[str, str]]:
    found = []
    for line in MASKED.strip().splitlines():
        kind, _, examples = line.partition(" | ")
        found += [(kind.strip(), example.strip()) for example in examples.split(" | ")]
    return found


def shown(text: str, masks: list[Mask]) -> str:
    for mask in reversed(masks):
        text = f"{text[:mask.start]}[{text[mask.start:mask.end]}]{text[mask.end:]}"
    return text


def bare(marked: str) -> str:
    """Without the marks: a bracket is a mark unless it is doubled by one of the text's own."""
    out, at = [], 0
    while at < len(marked):
        if marked[at] == "[":
            depth, end = 1, at + 1
            while depth:
                depth += {"[": 1, "]": -1}.get(marked[end], 0)
                end += 1
            out.append(marked[at + 1:end - 1])
            at = end
        else:
            out.append(marked[at])
            at += 1
    return "".join(out)


@pytest.mark.parametrize(("kind", "marked"), cases())
def test_masked(kind, marked):
    text = bare(marked)
    masks = MaskRules().find(text)
    assert shown(text, masks) == marked
    assert {mask.kind for mask in masks} == {kind}


@pytest.mark.parametrize("text", rows(PROSE))
def test_prose_is_not_masked(text):
    assert MaskRules().find(text) == []


@pytest.mark.parametrize(("kind", "marked"), cases())
def test_each_kind_can_be_switched_off(kind, marked):
    assert all(mask.kind != kind for mask in MaskRules(off=frozenset({kind})).find(bare(marked)))


def test_every_kind_has_a_case():
    assert {kind for kind, _ in cases()} | {"entity", "do_not_translate"} == set(KINDS)


def test_do_not_translate_takes_whole_words_longest_first_case_as_written():
    rules = MaskRules(do_not_translate=("Acme", "Acme Cloud", "IT", "二甲双胍", "C++"))
    text = "Acme\nCloud and Acme's IT, it, ITS and acme: 服用二甲双胍片, C++."
    assert [text[m.start:m.end] for m in rules.find(text)] == ["Acme\nCloud", "Acme", "IT", "二甲双胍", "C++"]
    assert {m.kind for m in rules.find(text)} == {"do_not_translate"}
    assert MaskRules(off=frozenset({"do_not_translate"}), do_not_translate=("Acme",)).find("Acme") == []


def test_recognizer_gives_entities_and_nonsense_spans_are_ignored():
    rules = MaskRules(recognizer=lambda text: [(0, 4), (5, 5), (-1, 2), (3, 900)])
    assert rules.find("Anna lives") == [Mask(0, 4, "entity")]


def test_overlapping_masks_become_one_of_the_longest_kind():
    rules = MaskRules(do_not_translate=("Example", "see https"))
    assert rules.find("https://example.com/Example") == [Mask(0, 27, "url")]
    assert rules.find("see https://example.com") == [Mask(0, 23, "url")]


FRAGMENTS = [
    "{", "}", "{{", "}}", "%", "s", "@", "a", "B", "é", "使", ".", "/", "\\", ":", "-", "_", "0", "1", "(", ")", "[",
    "]", "<", ">", "`", "$", "#", " ", "\n", "http://", "www.", "com", "md", "=", '"', "'", "!", "?", "*", "~",
    "\u0301",
]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | st.text(max_size=60))
@example("{{{{}}}}")
def test_masks_are_in_order_and_hold_something(text):
    end = 0
    for mask in MaskRules(do_not_translate=("a B", "s")).find(text):
        assert end <= mask.start < mask.end <= len(text)
        assert text[mask.start:mask.end].strip()
        assert mask.kind in KINDS
        end = mask.end


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join))
def test_a_text_without_suspects_has_no_masks(text):
    if SUSPECT.search(text) is None:
        assert [list(pattern.spans(text)) for pattern in PATTERNS if list(pattern.spans(text))] == []


UNITS = [
    *FRAGMENTS, "a.", "a/", "../", "{{<", "{%", "{#", "<%", "[[", '[a b="', "[a b='x' ", ":a:", "::", ":::\n", "{#a",
    "\\(", "\\[", "$$", ":a:`", "{x,plural,", "{x,plural,{}", "{x,date,", "${", "$t(", "%(a)", "%d%", "%Y-", "a://",
    "[see @a", "[@a1;", "[aB", "%%a", "@a:", "@a1 [p ", "://", "a@", "a@a.", "@a/", "#-", "aA", "AAa", "a_", "__a", "$a.", "a()", "a->", "--a-", "--a=",
    "0123456789abcdef", "1.1-a", "C:\\", "%A%\\", "localhost:1/", "text/", "http://(", "\n \n", "{a:--a/", "<a ",
]


@pytest.mark.parametrize("unit", UNITS)
def test_time_is_linear(unit):
    """Four times the text takes about four times as long; quadratic would be sixteen times."""
    def seconds(text: str) -> float:
        began = time.process_time()
        MaskRules(do_not_translate=("a a", "a.a.a")).find(text)
        return time.process_time() - began

    count = 3_000 // len(unit)
    for tail in ("", "\0"):
        small = min(seconds(unit * count + tail) for _ in range(2))
        large = min(seconds(unit * count * 4 + tail) for _ in range(2))
        assert large < 9 * small + 0.02, f"{small:.4f} s, then {large:.4f} s"


def test_marks_of_markdown_dialects_are_carried_through():
    text = "A ==marked word==, H~2~O and x^2^, but a == b, ~100 and 2^10."
    found = [text[mask.start:mask.end] for mask in MaskRules().find(text)]
    assert found == ["==", "==", "~2~", "^2^"]
