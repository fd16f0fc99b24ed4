"""Forms of words: which are taken for one term, and which only look like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.locales import Locale
from parsers.phrases import case_folded
from pipeline.inflection import GENDER, NUMBER, PLAIN, inflection_of

SAME = """
en policy policies · box boxes · query queries · process processes · trace traces · cookie cookies · id ids · day days
pt nível níveis · imagem imagens · opção opções · servidor servidores · canal canais · fácil fáceis · vez vezes · rede redes
es imagen imágenes · nivel niveles · vez veces · configuración configuraciones · red redes
fr journal journaux · réseau réseaux · clé clés · fichier fichiers
it rete reti · pacchetto pacchetti · banca banche · nodo nodi
de Datei Dateien · Haus Häuser · Verzeichnis Verzeichnisse · Netz Netzes · Server Servern · Datenbank Datenbanken
nl bestand bestanden · server servers
ru файл файлами · сеть сети · данные данных · пользователь пользователями · активный активная
uk файл файлів · мережа мережі · активний активного
pl plik plików · serwer serwerami · aktywny aktywnego
cs soubor soubory · server serveru · aktivní aktivního
tr dosya dosyalarını · sunucu sunucuya · kullanıcı kullanıcılar
ar ملف الملف · ملف ملفات · شبكة الشبكات
hi फ़ाइल फ़ाइलें · सर्वर सर्वरों
fa سرور سرورهای
id berkas berkasnya
ko 파일 파일을 · 서버 서버에서 · 데이터 데이터를
"""
OTHER = """
en not note · universe university · observe observability · serve server · policy police · process processor · part party
pt observar observabilidade · porta porto · para paro · arquivo arquivar
es caso casa · puerto puerta · este esté
fr fichier fiche
de Sicherung sichern · Spiel Spieler · schon schön · Freund freundlich
ru служба служебный
ko 파일 파일럿
"""
ALIKE = """
pt ativo ativas · perfil perfis
es activo activas
fr actif active · configuré configurées
it servizio servizi
de Feld Felder · aktiver aktives
"""


def rows(text):
    return [(language, *words.split()) for line in text.strip().splitlines()
            for language, _, rest in [line.partition(" ")] for words in rest.split("·")]


def are_forms(language, one, other, *, loosely=False):
    inflection = inflection_of(Locale.parse(language))
    return inflection.key(one) == inflection.key(other) and inflection.same(
        (case_folded(one),), (case_folded(other),), loosely=loosely)


@pytest.mark.parametrize(("language", "one", "other"), rows(SAME))
def test_forms_of_one_word(language, one, other):
    assert are_forms(language, one, other)
    assert are_forms(language, other, one)


@pytest.mark.parametrize(("language", "one", "other"), rows(OTHER))
def test_other_words(language, one, other):
    assert not are_forms(language, one, other)


@pytest.mark.parametrize(("language", "one", "other"), rows(ALIKE))
def test_what_counts_as_a_form_in_translations_and_longer_terms(language, one, other):
    assert are_forms(language, one, other, loosely=True)
    assert not are_forms(language, one, other)


def test_languages_without_forms():
    assert [tag for tag in ("zh", "ja", "th", "vi") if inflection_of(Locale.parse(tag))] == []
    assert inflection_of(None) is None


@given(st.sampled_from(sorted({*NUMBER} - {"ar"})), st.text("abcdeilmnosrátuвгдефил", min_size=2, max_size=8), st.data())
def test_forms_have_one_key(language, trunk, data):
    """What is looked up by its key is found whatever its form."""
    rows = [row.split() for table in (NUMBER, GENDER, PLAIN) for row in table.get(language, "").split("|") if row]
    row = data.draw(st.sampled_from(rows))
    one, other = (trunk + data.draw(st.sampled_from(row)).strip("-") for _ in "ab")
    inflection = inflection_of(Locale.parse(language))
    assert inflection.same((one,), (one,), loosely=False)
    assert inflection.same((one,), (other,), loosely=True) == inflection.same((other,), (one,), loosely=True)
    if inflection.same((one,), (other,), loosely=True):
        assert inflection.key(one) == inflection.key(other)
