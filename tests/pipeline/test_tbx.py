"""TBX files: both generations, what counts of what they say, what makes no sense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.errors import UsageError
from parsers.locales import Locale
from pipeline.glossary import Entry, Termbase

EN, CS, BR = (Locale.parse(tag) for tag in ("en", "cs", "pt-BR"))

VERSION_2 = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE martif PUBLIC "ISO 12200:1999A//DTD MARTIF core (DXFcdV04)//EN" "TBXcdv04.dtd">
<martif type="TBX" xml:lang="en"><text><body>
 <termEntry id="1"><!-- of a browser -->
  <langSet xml:lang="en-US">
   <tig><term>address <hi>bar</hi></term></tig>
   <tig><term>URL field</term><termNote type="administrativeStatus">deprecatedTerm-admn-sts</termNote></tig>
  </langSet>
  <langSet lang="cs"><ntig><termGrp><term>adresní
   řádek</term><termNote type="partOfSpeech">noun</termNote></termGrp></ntig></langSet>
 </termEntry>
 <termEntry id="2"><langSet xml:lang="en-US"><tig><term>tab</term></tig></langSet></termEntry>
</body></text></martif>"""

VERSION_3 = """<tbx type="TBX-Basic" style="dct" xml:lang="en" xmlns="urn:iso:std:iso:30042:ed-2"
 xmlns:min="http://www.tbxinfo.net/ns/min" xmlns:basic="http://www.tbxinfo.net/ns/basic"><text><body>
 <conceptEntry id="c1">
  <langSec xml:lang="en"><termSec><term>IT</term><basic:termType>acronym</basic:termType></termSec></langSec>
  <langSec xml:lang="pt-BR">
   <termSec><term>CPD</term><min:administrativeStatus>supersededTerm-admn-sts</min:administrativeStatus></termSec>
   <termSec><term>informática</term><min:administrativeStatus>admittedTerm-admn-sts</min:administrativeStatus></termSec>
   <termSec><term>TI</term><min:administrativeStatus>preferredTerm-admn-sts</min:administrativeStatus></termSec>
  </langSec>
 </conceptEntry>
</body></text></tbx>"""


def load(tmp_path, text, name="terms.tbx"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Termbase.load(path)


def test_version_2(tmp_path):
    base = load(tmp_path, VERSION_2)
    assert base.between(EN, CS).entries == (Entry("address bar", "adresní řádek"), Entry("URL field", "adresní řádek"))
    assert base.between(CS, EN).entries == (Entry("adresní řádek", "address bar"),), "outdated terms are not asked for"


def test_version_3(tmp_path):
    entry, = load(tmp_path, VERSION_3).between(EN, BR).entries
    assert entry == Entry("IT", "TI", case=True, alternatives=("informática",))


def test_the_other_style_of_version_3(tmp_path):
    text = VERSION_3.replace("<basic:termType>", '<termNote type="termType">').replace("</basic:termType>", "</termNote>")
    entry, = load(tmp_path, text).between(EN, BR).entries
    assert entry.case


def test_other_names_and_encodings(tmp_path):
    assert load(tmp_path, VERSION_2, "terms.xml").between(EN, CS).entries
    text = VERSION_2.replace("utf-8", "utf-16").encode("utf-16")
    assert load(tmp_path, text).between(EN, CS).entries


def test_a_missing_pair_names_the_languages(tmp_path):
    with pytest.raises(UsageError, match=r"no terms from English .en. to Portuguese .pt-BR.; it has en-US and cs"):
        load(tmp_path, VERSION_2).between(EN, BR)


@pytest.mark.parametrize(("text", "message"), [
    ("<html/>", "it is XML, but no TBX: its root is <html>"),
    (VERSION_2[:-20], "is no well-formed XML"),
    ("not XML", "line 1 is no well-formed XML"),
    ("<martif/>", "it is TBX, but has no terms"),
    (VERSION_2.replace('04.dtd"', '04.dtd" [<!ENTITY a SYSTEM "file:///etc/passwd">]').replace("bar<", "&a;<"),
     "it defines XML entities of its own"),
    (VERSION_2.replace("address", "&eacute;"), "has an XML entity"),
    ('<!DOCTYPE martif [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "' + "&a;" * 1000 + '"><!ENTITY c "' + "&b;" * 1000
     + '">]><martif type="&c;"/>', "is no well-formed XML"),
])
def test_what_makes_no_sense(tmp_path, text, message):
    with pytest.raises(UsageError, match=r"“terms\.tbx”") as caught:
        load(tmp_path, text)
    assert message in str(caught.value)


@given(st.lists(st.sampled_from([
    "<martif>", "</martif>", "<termEntry>", "</termEntry>", '<langSet xml:lang="en">', '<langSet xml:lang="?">', "</langSet>",
    "<tig>", "</tig>", "<term>", "</term>", "word", "&amp;", "&x;", "<!-- c -->", "<?p?>", "\0", "é"])).map("".join))
def test_any_text_is_a_glossary_or_a_usage_error(tmp_path_factory, text):
    try:
        base = load(tmp_path_factory.getbasetemp(), text)
    except UsageError:
        return
    assert base.files[0].languages
