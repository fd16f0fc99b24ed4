"""TMX: what we write we read back; what other tools write is understood; what is no TMX is refused."""

import io
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import Code, CodeKind, Content, codes, content, readable, renumber
from parsers.errors import DamagedDocument, UnsafeDocument
from pipeline.memory import Unit
from storage import tmx

ROOT = Path(__file__).parents[2]

BOLD = Code(1, CodeKind.OPEN, "**", "strong"), Code(1, CodeKind.CLOSE, "**", "strong")
CALL = Code(2, CodeKind.STANDALONE, "`a<b>()`", "code", "a<b>()")
UNIT = Unit(("Call ", BOLD[0], CALL, BOLD[1], " & go"), (BOLD[0], CALL, BOLD[1], " <los>"), "en", "de", "test/1")


def file_of(body: str, header: str = 'srclang="en"', doctype: str = "") -> bytes:
    return f'<?xml version="1.0"?>\n{doctype}<tmx version="1.4"><header {header}/><body>\n{body}</body></tmx>'.encode()


def tu(source: str, target: str, languages: tuple[str, str] = ("en", "de"), more: str = "") -> str:
    tuvs = (f'<tuv xml:lang="{tag}"><seg>{text}</seg></tuv>' for tag, text in zip(languages, (source, target), strict=True))
    return f"<tu {more}>{''.join(tuvs)}</tu>\n"


def read(data: bytes) -> tuple[list[Unit], list[tuple[int, str]]]:
    left_out: list[tuple[int, str]] = []
    return list(tmx.read(io.BytesIO(data), "client.tmx", lambda *told: left_out.append(told))), left_out


def written(*units: Unit) -> bytes:
    out = io.BytesIO()
    assert tmx.write(out, iter(units), "1.0") == len(units)
    return out.getvalue()


def only(source: str, target: str) -> Unit:
    """The unit of a file with one."""
    (unit,), left_out = read(file_of(tu(source, target)))
    assert not left_out
    return unit


def seen(items: Content) -> str:
    """A content for people: ``<1>bold</1> {2}``."""
    signs = {CodeKind.OPEN: "<{}>", CodeKind.CLOSE: "</{}>", CodeKind.STANDALONE: "{{{}}}"}
    return "".join(signs[item.kind].format(item.id) if isinstance(item, Code) else item for item in items)


# ---- our own
def test_what_is_written_is_read_back():
    units = [UNIT, replace(UNIT, target_language="pt-BR", origin=""), replace(UNIT, source_language="fr", origin="a\u0007b")]
    back, left_out = read(written(*units))
    assert not left_out
    assert back == [replace(UNIT, imported=True), replace(units[1], imported=True, origin="client.tmx"),
                    replace(units[2], imported=True, origin="a\ufffdb")]


def test_no_unit_is_a_file_too():
    assert read(written()) == ([], [])


def test_the_file_says_what_it_is():
    text = written(UNIT, replace(UNIT, source_language="fr")).decode()
    assert '<!DOCTYPE tmx SYSTEM "tmx14.dtd">' in text
    assert 'srclang="en"' in text
    assert text.count('<tu srclang="fr">') == 1
    assert '<bpt i="1" x="1" type="strong">**</bpt>' in text
    assert '<ept i="1">**</ept>' in text
    assert '<ph x="2" type="code">`a&lt;b&gt;()`</ph>' in text


TEXTS = st.text(st.characters(exclude_categories=()), min_size=1, max_size=8)
LABELS = st.sampled_from(["strong", "link", "code"])


@st.composite
def contents(draw: st.DrawFn) -> tuple[Content, Content]:
    """A source and a target with the same Codes, without white space at their edges."""
    items: list[str | Code] = ["a", draw(TEXTS)]
    for number in range(draw(st.integers(0, 4))):
        source, label = draw(st.text("<&>*`[]", max_size=3)), draw(LABELS)
        if draw(st.booleans()):
            items += [Code(number, CodeKind.OPEN, source, label), draw(TEXTS), Code(number, CodeKind.CLOSE, source, label)]
        else:
            items.append(Code(number, CodeKind.STANDALONE, source, label, draw(st.text("ab", max_size=2))))
        items.append(draw(TEXTS))
    found = renumber([*items, "z"])
    other = content(["é", *(item.upper() if isinstance(item, str) else item for item in found), "é"])
    return found, other


@given(contents())
def test_anything_is_read_back(pair):
    unit = Unit(*pair, "en", "zh-Hant", "engine/1")
    back, left_out = read(written(unit))
    assert not left_out
    assert back == [replace(unit, imported=True)]


@pytest.mark.parametrize("char", ["\0", "\x0b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_characters_that_xml_cannot_hold(char):
    code = replace(CALL, id=1)
    unit = replace(UNIT, source=(f"a{char}", code, f"{char}{char}b"), target=(code, f"x{char}y"))
    assert read(written(unit))[0] == [replace(unit, imported=True)]


def test_in_native_code_they_are_replaced():
    code = replace(CALL, source="\x0b!", equiv="", label="\x0b")
    (back,), _ = read(written(replace(UNIT, source=("a", code), target=("b", code))))
    assert codes(back.source) == (replace(code, id=1, source="\ufffd!", label="\ufffd"),)


# ---- other tools
@pytest.mark.parametrize(("source", "target", "expected"), [
    # Trados: i and x on the beginning, i on the end
    ('Click <bpt i="1" type="bold" x="1"/>here<ept i="1"/> <ph x="2" type="lb"/>now',
     '<ph x="2" type="lb"/>Jetzt <bpt i="1" type="bold" x="1"/>hier<ept i="1"/>', "{2}Jetzt <1>hier</1>"),
    # OmegaT counts from 0 and spells its own tags
    ('<bpt i="0" x="0">&lt;a0></bpt>One<ept i="0">&lt;/a0></ept> <ph x="1">&lt;b1/></ph>',
     '<ph x="1">&lt;b1/></ph> <bpt i="0" x="0">&lt;a0></bpt>Eins<ept i="0">&lt;/a0></ept>', "{2} <1>Eins</1>"),
    # memoQ writes placeholders only
    ('Click <ph x="1">&lt;b&gt;</ph>here<ph x="2">&lt;/b&gt;</ph>',
     'Klick <ph x="1">&lt;b&gt;</ph>hier<ph x="2">&lt;/b&gt;</ph>', "Klick {1}hier{2}"),
    # without x: by i, by native code, by being the only one
    ('<bpt i="1">&lt;i></bpt>a<ept i="1"/> <bpt i="2">&lt;b></bpt>b<ept i="2"/>',
     '<bpt i="2">&lt;b></bpt>b<ept i="2"/> <bpt i="1">&lt;i></bpt>a<ept i="1"/>', "<2>b</2> <1>a</1>"),
    ("a <ph>&lt;br/></ph> b <ph>{0}</ph>", "b <ph>{0}</ph> a <ph>&lt;br/></ph>", "b {2} a {1}"),
    ("a <ph>one</ph> <ph>one</ph>", "a <ph>one</ph> <ph>one</ph>", "a {1} {2}"),
    ("a <ph>%d items</ph>", "a <ph>%d Dinge</ph>", "a {1}"),
    # x that is not unique, as in an example of the specification
    ('<bpt i="1" x="1">&lt;B></bpt>A, <bpt i="2" x="1">&lt;I></bpt>B<ept i="2"/>, C<ept i="1"/>',
     '<bpt i="1" x="1">&lt;B></bpt>a, <bpt i="2" x="1">&lt;I></bpt>b<ept i="2"/>, c<ept i="1"/>', "<1>a, <2>b</2>, c</1>"),
    # one half alone, the element of TMX 1.1, text inside native code, marked text
    ('<it pos="begin" x="1">&lt;b></it>One', '<it pos="begin" x="1">&lt;b></it>Eins', "{1}Eins"),
    ("One<ut>{\\b}</ut>", "Eins<ut>{\\b}</ut>", "Eins{1}"),
    ('See <ph x="1">&lt;img alt="<sub>a cat</sub>"/></ph>', 'Sieh <ph x="1">&lt;img alt="<sub>Katze</sub>"/></ph>', "Sieh {1}"),
    ('The <hi type="term" x="1">gear <ph x="2"/></hi> box', 'Das <hi type="term" x="1">Getriebe <ph x="2"/></hi>',
     "Das Getriebe {1}"),
    ('<ept i="9"/>End', '<ept i="9"/>Ende', "{1}Ende"),
])
def test_inline_elements_of_other_tools(source, target, expected):
    unit = only(source, target)
    assert seen(unit.target) == expected
    assert Counter(codes(unit.target)) == Counter(codes(unit.source))


@pytest.mark.parametrize("target", [
    "hier", '<bpt i="1" x="1"/>hier', '<ph x="1"/>hier<ph x="2"/>', '<bpt i="1" x="1"/>a<ept i="1"/> <bpt i="2" x="1"/>b<ept i="2"/>'])
def test_tags_that_do_not_match_are_told_with_their_line(target):
    units, left_out = read(file_of(tu("One", "Eins") + tu('<bpt i="1" x="1"/>here<ept i="1"/>', target)))
    assert [readable(unit.target) for unit in units] == ["Eins"]
    assert left_out == [(4, "tags that do not match")]


def test_two_placeholders_that_cannot_be_told_apart_are_left_out():
    assert read(file_of(tu("<ph>a</ph> x <ph>b</ph>", "<ph>c</ph> x <ph>d</ph>")))[1] == [(3, "tags that do not match")]


def test_white_space_at_the_edges_is_no_text():
    unit = only("\n   One\n two ", " Eins ")
    assert (unit.source, unit.target) == (("One\n two",), ("Eins",))


# ---- languages
def languages(body: str, header: str) -> tuple[list[tuple[str, str]], list[str]]:
    units, left_out = read(file_of(body, header))
    return [(unit.source_language, unit.target_language) for unit in units], [reason for _, reason in left_out]


THREE = ('<tu{}><tuv xml:lang="EN-us"><seg>One</seg></tuv><tuv xml:lang="fr_FR"><seg>Un</seg></tuv>'
         '<tuv lang="ca-ES-valencia"><seg>U</seg></tuv></tu>')


@pytest.mark.parametrize(("header", "own", "pairs"), [
    ('srclang="en"', "", [("en-US", "fr-FR"), ("en-US", "ca-ES")]),
    ('srclang="en-GB"', ' srclang="FR"', [("fr-FR", "en-US"), ("fr-FR", "ca-ES")]),
    ('srclang="*all*"', "", [("en-US", "fr-FR"), ("en-US", "ca-ES"), ("fr-FR", "en-US"), ("fr-FR", "ca-ES"),
                             ("ca-ES", "en-US"), ("ca-ES", "fr-FR")]),
])
def test_srclang_says_from_which_language(header, own, pairs):
    assert languages(THREE.format(own), header) == (pairs, [])


@pytest.mark.parametrize(("body", "reason"), [
    (tu("One", "Eins"), "no text in the source language pt"),
    ('<tu><tuv xml:lang="pt"><seg>Um</seg></tuv></tu>', "no translation"),
    (tu("Um", " ", ("pt", "de")), "no translation"),
    (tu("Um", "Eins", ("pt", "x-none")), "“x-none” for a language"),
    (tu("Um", "<g>Eins</g>", ("pt", "de")), "<g>, which TMX does not have"),
])
def test_what_is_no_unit_is_told(body, reason):
    assert languages(body, 'srclang="pt"') == ([], [reason])


# ---- files
def test_a_doctype_is_passed_over():
    for doctype in ('<!DOCTYPE tmx SYSTEM "tmx14.dtd">', '<!DOCTYPE tmx PUBLIC "-//LISA" "http://127.0.0.1:9/tmx.dtd">'):
        assert len(read(file_of(tu("One", "Eins"), doctype=doctype))[0]) == 1


def test_an_entity_that_is_not_loaded_is_told():
    units, left_out = read(file_of(tu("One&nbsp;", "Eins"), doctype='<!DOCTYPE tmx SYSTEM "tmx14.dtd">'))
    assert (units, left_out) == ([], [(3, "an entity")])


@pytest.mark.parametrize("entity", ['a "aaaa"', 'a SYSTEM "file:///etc/hostname"', '% a SYSTEM "file:///etc/hostname"'])
def test_declared_entities_are_refused(entity):
    with pytest.raises(UnsafeDocument, match="declares entities"):
        read(file_of(tu("One&a;", "Eins"), doctype=f"<!DOCTYPE tmx [<!ENTITY {entity}>]>".replace("&a;", "")))


@pytest.mark.parametrize(("encoding", "declared"), [("utf-16", "UTF-16"), ("latin-1", "iso-8859-1"), ("utf-8-sig", "utf-8")])
def test_encodings(encoding, declared):
    data = f'<?xml version="1.0" encoding="{declared}"?><tmx><header srclang="en"/><body>{tu("One", "Für")}</body></tmx>'
    assert read(data.encode(encoding))[0][0].target == ("Für",)


def test_a_namespace_does_not_matter():
    data = file_of(tu("One", "Eins")).replace(b"<tmx ", b'<tmx xmlns="http://www.lisa.org/tmx14" ')
    assert len(read(data)[0]) == 1


@pytest.mark.parametrize(("data", "message"), [
    (b"", r"damaged in line 1: it is empty\."), (b"PK\x03\x04", "damaged in line 1: Start tag expected"),
    (b"<html><body/></html>", "This is no TMX file: it begins with <html>."),
    (file_of(tu("One", "Eins") + "\n<tu></tuv>"), r"damaged in line 5: .*mismatch"),
    (file_of(tu("One", "Eins"))[:-9], "damaged in line 4: expected '>'"),
    (file_of(tu("One", "\x01")), "damaged in line 3: PCDATA invalid Char value 1"), (file_of("<tu>&x;</tu>"), "damaged in line 3: .*'x' not defined"),
])
def test_what_is_no_tmx_is_told_with_the_line(data, message):
    with pytest.raises(DamagedDocument, match=message):
        read(data)


def test_lines_are_right_in_long_files():
    body = "\n" * 70_000 + tu("One", "") + tu("One", "Eins")
    assert read(file_of(body))[1] == [(70_003, "no translation")]


def test_reading_takes_no_more_memory_for_a_longer_file(tmp_path):
    script = ("import resource, sys\nfrom storage import tmx\n"
              "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
              "with open(sys.argv[1], 'rb') as file:\n    count = sum(1 for _ in tmx.read(file, '', print))\n"
              "print(count, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)")
    path = tmp_path / "long.tmx"
    with path.open("wb") as file:
        tmx.write(file, (replace(UNIT, source=("word " * 400 + str(n),), target=("Wort",)) for n in range(10_000)), "1")
    assert path.stat().st_size > 20 << 20
    done = subprocess.run([sys.executable, "-c", script, path], cwd=ROOT, capture_output=True, text=True, check=True)
    count, grown = map(int, done.stdout.split())
    assert count == 10_000
    assert grown < 8, f"{grown} MB more"
