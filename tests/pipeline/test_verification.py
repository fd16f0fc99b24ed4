"""Each check on small examples: what it must find, and what it must let pass."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parsers.document import Code, CodeKind
from parsers.locales import Locale
from pipeline import detector
from pipeline.glossary import Entry, Glossary
from pipeline.language_checks import knows
from pipeline.own_words import own_words
from pipeline.verification import ALL, CHECKS, verify

EN, PT, ZH, RU, JA, AR, ES, HI = map(Locale.parse, ("en", "pt-BR", "zh", "ru", "ja", "ar", "es", "hi"))

ROOT = Path(__file__).parents[2]


def made(text):
    """Content of a readable notation: ``<1>…</1>`` is a pair, ``<2/>`` stands alone, ``<2=x/>`` shows x."""
    out = []
    for part in re.split(r"(</?\d+(?:=\w*)?/?>)", text):
        found = re.fullmatch(r"<(/?)(\d+)(?:=(\w*))?(/?)>", part)
        if not found:
            out += [part] if part else []
            continue
        kind = CodeKind.CLOSE if found[1] else CodeKind.STANDALONE if found[4] else CodeKind.OPEN
        out.append(Code(int(found[2]), kind, part, "code" if found[4] else "strong", found[3] or ""))
    return tuple(out)


def found(source, draft, *, to=PT, check=None, **options):
    findings = verify(made(source), made(draft), options.pop("of", EN), to, **options)
    return {f.check: f.severity for f in reversed(findings) if check in (None, f.check)}


@pytest.mark.parametrize(("source", "draft"), [
    ("Open the file.", "Abra o arquivo."),
    ("Open <1>the file</1> with <2=vim/>.", "Com <2=vim/>, abra <1>o arquivo</1>."),
    ("Kubernetes", "Cubernetes"),
    ("The price is 1,000.50 in 2024.", "O preço é 1.000,50 em 2024."),
    ("It has 5 parts and 1 000 000 users", "Tem cinco partes e 1.000.000 usuários"),
    ("Say “yes” (or no)", "Diga «sim» (ou não)"),
    ("Note: mind the gap", "Nota: cuidado com o vão"),
    ("Of course, we can.", "Claro, podemos."),
    ("Translation: see below", "Tradução: veja abaixo"),
    ("No, no, no, no, no!", "Não, não, não, não, não!"),
    ("See [1].", "Veja [1]."),
    ("If the protocol is <1/>, and if the protocol is <2/>", "Se o protocolo for <1/>, se o protocolo for <2/>"),
    ("The <1/>, <2/>, <3/> and <4/> keys", "A chave <1/>, a chave <2/>, a chave <3/>, a chave <4/>"),
])
def test_good_translations_pass(source, draft):
    assert found(source, draft) == {}


@pytest.mark.parametrize(("draft", "says"), [
    ("Abra o arquivo com <2=vim/>.", "the start of Code 1 (strong) is lost"),
    ("Abra <1>o arquivo</1>.", "Code 2 (code) is lost"),
    ("Abra <1>o arquivo</1> com <2=vim/> <2=vim/>.", "Code 2 (code) stands 2 times"),
    ("Abra <1>o arquivo</1> com <2=vim/> <3/>.", "Code 3 (code) is not in the source"),
    ("Abra </1>o arquivo<1> com <2=vim/>.", "Code 1 closes where it is not open"),
    ("Abra <1>o arquivo com <2=vim/></1>.", "Code 2 (code) has moved into or out of another"),
    ("Abra o arquivo <1></1> com <2=vim/>.", "Code 1 encloses no text any more"),
    ("Abra o arquivo <1>, </1> com <2=vim/>.", "Code 1 encloses no text any more"),
])
def test_codes(draft, says):
    findings = verify(made("Open <1>the file</1> with <2=vim/>."), made(draft), EN, PT, checks={"codes"})
    assert says in [f.message for f in findings]
    assert all(f.severity == "error" for f in findings)


def test_codes_of_a_pair_around_what_shows_nothing_may_stay_empty():
    assert found("Press <1><2/></1> now", "Agora pressione <1><2/></1>") == {}


@pytest.mark.parametrize(("check", "source", "draft"), [
    ("empty", "Open the file.", ""),
    ("empty", "Open the <1=x/> file.", " <1=x/> … "),
    ("loop", "Open the file now.", "Abra o arquivo arquivo arquivo arquivo arquivo arquivo arquivo"),
    ("loop", "Open the file now.", "Abra o arquivo, abra o arquivo, abra o arquivo, abra o arquivo, abra"),
    ("loop", "It hurts a lot.", "Dói muitomuitomuitomuitomuitomuitomuitomuitomuitomuito."),
    ("leak", "Open the file.", "Abra o [0] arquivo."),
    ("leak", "Open the file.", "Abra o <s1>arquivo</s1>."),
    ("leak", "Open the file.", "Abra o ⟦1⟧ arquivo."),
    ("leak", "Open the file.", "Abra o arquivo.<|im_end|>"),
    ("leak", "Open the file.", "Abra ▁o arquivo."),
    ("leak", "Open the [1] file.", "Abra [1] o arquivo [1]."),
    ("commentary", "Open the file.", "Here is the translation: Abra o arquivo."),
    ("commentary", "Open the file.", "Aqui está a tradução solicitada:\nAbra o arquivo."),
    ("commentary", "Open the file.", "Tradução: Abra o arquivo."),
    ("commentary", "Open the file.", "**Translation (Portuguese):** Abra o arquivo."),
    ("commentary", "Open the file.", "Sure! Abra o arquivo."),
    ("commentary", "Open the file.", "Abra o arquivo.\n\nNote: “arquivo” is used in Brazil."),
    ("commentary", "Open the file.", "Abra o arquivo. (Nota: termo técnico)"),
    ("commentary", "Open the file.", "“Abra o arquivo.”"),
    ("commentary", "Open the file.", "I'm sorry, but I cannot do that."),
    ("copied", "Open the file and save it.", "Open the file and save it."),
    ("copied", "Open the file and then save it at once.", "Open the file and then save it at once, por favor."),
    ("commentary", "Open the file.", "Abra o arquivo. In Portuguese, this means the same."),
    ("commentary", "Open the file.", "Abra o arquivo (em português)."),
    ("commentary", "Open the file.", "Translate the following text. Abra o arquivo."),
    ("commentary", "Open the file.", "Abra o arquivo.\n\nÉ isso."),
    ("commentary", "Open the file.", "Arquivo:\nTradução: Abra o arquivo."),
    ("copied", "Open the file and save it.", "Open o file and save it."),
    ("language", "Open the file and save it in another folder.", "Ouvrez le fichier et enregistrez-le dans un autre dossier."),
    ("language", "Open the file and save it in another folder.", "This document will be stored somewhere else after that."),
    ("language", "In the following example, we will use the tool which prints all spans to the console.",
     "In this example, we will use the tool to print all spans to the console."),
    ("loop", "Open the file now.", "Abra o arquivo agora. Abra o arquivo agora."),
    ("loop", "Open the file now.", "Abra o arquivo agora!!!!!!!!!!!!!!!!"),
    ("script", "Open the file.", "Abra o 文件 arquivo."),
    ("length", "Open.", "Abra o arquivo que está na pasta ao lado da outra, feche a janela e conte a todos o que viu"),
    ("characters", "Open the file.", "Abra o\0 arquivo."),
    ("characters", "Open the file.", "Abra o arquivo" + chr(0xD800)),
    ("characters", "Open the file.", "Abra o arquivo\ufffd."),
    ("numbers", "From 1999 to 2024", "De muito tempo até hoje"),
])
def test_errors(check, source, draft):
    assert found(source, draft, check=check) == {check: "error"}


@pytest.mark.parametrize(("check", "source", "draft"), [
    ("copied", "Kubernetes", "Kubernetes"),
    ("copied", "Docker Compose", "Docker Compose"),
    ("copied", "Total", "Total"),
    ("copied", "He called it “the very best of all worlds” in Paris last year, and left.",
     "Em Paris, no ano passado, ele disse the very best of all worlds e foi embora."),
    ("numbers", "It took 25 days and 30 nights.", "Levou 26 dias e 30 noites."),
    ("numbers", "It took 5 days.", "Levou 6 dias."),
    ("language", "Open the file and save it in another folder of the disk. Then turn off the machine. Then close the lid.",
     "Abra o arquivo e salve-o em outra pasta do disco local. Depois desligue a máquina com cuidado. Ensuite, fermez vite le couvercle."),
    ("truncated", "Open the file in the folder where the program was installed before you go on.",
     "Abra o arquivo na pasta onde o programa"),
    ("length", "Open the file in the folder where the program was installed before you go on.", "Abra o arquivo na pasta."),
    ("units", "It is 5 km away.", "Fica a 5 milhas."),
    ("units", "Use 10 MB of memory.", "Use 10 GB de memória."),
    ("units", "It costs $5 now.", "Custa 5 € agora."),
    ("units", "It took 30 minutes.", "Levou 30 horas."),
    ("pairing", "Open (or close) it", "Abra (ou feche"),
    ("pairing", "Open “it” now", "Abra “agora"),
])
def test_warnings(check, source, draft):
    assert found(source, draft, check=check) == {check: "warning"}


@pytest.mark.parametrize(("source", "draft", "to", "severity"), [
    ("Open the file and save it.", "打开文件并保存。", ZH, None),
    ("Open the file and save it.", "Abra o arquivo e salve.", ZH, "error"),
    ("Open the file and save it.", "Open файл", RU, None),
    ("Open the file and save it.", "افتح الملف واحفظه.", AR, None),
    ("Open the file and save it.", "Abra o arquivo", AR, "error"),
    ("GitHub", "GitHub", ZH, None),
    ("Open the file and save it.", "ファイルを開いて保存します。", ZH, "error"),
    ("Open the file and save it.", "ファイルを開いて保存します。", JA, None),
    ("Use OpenTelemetry with GitHub now please", "请用 OpenTelemetry GitHub Kubernetes Grafana", ZH, "warning"),
])
def test_script(source, draft, to, severity):
    assert found(source, draft, to=to, check="script").get("script") == severity


def test_the_script_of_the_source_must_go():
    source, draft = "Открой этот файл и сохрани.", "Открой этот файл и сохрани его."
    assert found(source, draft, of=RU, check="script") == {"script": "error"}
    assert found(source, "Abra o arquivo (файл) e salve.", of=RU, check="script") == {}


@pytest.mark.parametrize(("source", "draft", "to", "same"), [
    ("1,000.5 units", "1.000,5 unidades", PT, True),
    ("1,000.5 units", "1000,5 unidades", PT, True),
    ("1,000.5 units", "1.0005 unidades", PT, False),
    ("1,000 units", "1.000 unidades", PT, True),
    ("1,000 units", "1 000 unidades", PT, True),
    ("1,234,567 units", "12,34,567 इकाइयाँ", HI, True),
    ("1,234,567 units", "१२,३४,५६७ इकाइयाँ", HI, True),
    ("1,000.5 units", "١٬٠٠٠٫٥ وحدة", AR, True),
    ("10,000 people", "1万人", JA, True),
    ("100,000 people", "1万人", JA, False),
    ("120 million people", "1億2000万人", JA, True),
    ("2.5 billion people", "25億人", JA, True),
    ("2.5 billion people", "25亿人", ZH, True),
    ("2.5 billion people", "2500 millones de personas", ES, True),
    ("2.5 billion people", "2,5 bilhões de pessoas", PT, True),
    ("2 million people", "2 bilhões de pessoas", PT, False),
    ("300 rooms", "三百个房间", ZH, True),
    ("twenty-five rooms", "25 quartos", PT, True),
    ("the 19th century", "o século XIX", PT, True),
    ("the 1980s", "os anos 80", PT, True),
    ("at 3 p.m.", "às 15 horas", PT, True),
    ("at 7.55am", "às 7:55", PT, True),
    ("Python 3.10", "Python 3.1", PT, False),
    ("192.168.0.17", "192.168.0.71", PT, False),
    ("10k users and £90m", "10.000 usuários e 90 milhões de libras", PT, True),
])
def test_numbers_of_other_languages(source, draft, to, same):
    assert (found(source, draft, to=to, check="numbers") == {}) is same


@pytest.mark.parametrize(("source", "draft", "to"), [
    ("90% of 5 GB in 20 ms", "90 % de 5 Go en 20 ms", Locale.parse("fr")),
    ("It is 5 km away.", "距离5公里。", ZH),
    ("72 per cent of 5 km (3 miles)", "72 % de 5 km (3 millas)", ES),
    ("5 in the morning", "5 de la mañana", ES),
    ("It costs $5 now.", "Custa 5 dólares agora.", PT),
])
def test_units_may_be_spelled_otherwise(source, draft, to):
    assert found(source, draft, to=to, check="units") == {}


@pytest.mark.parametrize(("source", "draft", "to"), [
    ("Open the file.", "Ouvrez le fichier.", PT),
    ("Kubernetes, Docker Compose and Prometheus Alertmanager", "Kubernetes, Docker Compose e Prometheus Alertmanager", PT),
    ("Run git rebase with --interactive", "Execute git rebase com --interactive", PT),
    ("The opening of the new file in another folder", "Pembukaan berkas baru dalam map lain", Locale.parse("ms")),
    ("The file was saved in another folder of the disk", "फ़ाइल डिस्क के दूसरे फ़ोल्डर में सहेजी गई थी", Locale.parse("mr")),
])
def test_the_language_of_few_words_and_of_kin_is_not_judged(source, draft, to):
    assert found(source, draft, to=to, check="language") == {}


def test_a_draft_is_known_by_words_of_its_own_language(monkeypatch):
    monkeypatch.setattr(detector, "likeliest", lambda text: pytest.fail(f"looked at: {text}"))
    assert found("The package could not be removed from the system.", "Não foi possível remover o pacote do sistema.",
                 check="language") == {}


def test_one_word_of_many_does_not_tell_a_language():
    own = frozenset({"não", "pacote", "são"})
    assert knows(own, ["não", "el", "pacote", "del", "sistema"])
    assert not knows(own, ["não", "el", "paquete", "del", "sistema"])
    assert not knows(own, ["não", "pacote"] + ["sistema"] * 28)


def test_own_words_are_those_of_one_language():
    table = {language: own_words(language) for language in ("ar", "de", "en", "es", "fa", "fr", "id", "it", "pt", "ru", "uk")}
    assert all(len(own) == 150 for own in table.values())
    assert len(frozenset.union(*table.values())) == 150 * len(table)
    assert own_words("pt") >= {"não", "são", "possível"}
    assert not own_words("sv")


def test_identifiers_are_no_words():
    name = "opentelemetry-java-instrumentation"
    assert found(name, name, to=ZH) == {"copied": "warning"}


def test_truncated():
    assert found("Open the file.", "Abra o", truncated=True) == {"truncated": "error"}


def test_glossary_names_each_missed_term():
    glossary = Glossary((Entry("file", "arquivo"), Entry("folder", "pasta")))
    source, draft = made("The file in the <1>folder</1>"), made("O ficheiro na <1>pasta</1>")
    findings = verify(source, draft, EN, PT, glossary=glossary)
    assert [(f.check, f.severity, f.message) for f in findings] == [
        ("glossary", "warning", "“file” did not become “arquivo”")]


def test_only_the_named_checks_run_and_errors_come_first():
    source, draft = made("Open <1>the 25 files</1> now"), made("Open the 26 files now")
    assert {f.check for f in verify(source, draft, EN, PT, checks={"codes"})} == {"codes"}
    assert verify(source, source, EN, PT, checks=()) == ()
    severities = [f.severity for f in verify(source, draft, EN, PT)]
    assert severities == sorted(severities)
    assert len(ALL) == len(CHECKS) == 16


def test_the_same_language_may_be_copied():
    assert found("Open the file and save it.", "Open the file and save it.", to=Locale.parse("en-GB")) == {}


def test_a_long_draft_takes_linear_time():
    text = "the quick brown fox (jumps) over 25 “dogs” " * 4_000
    assert verify((text,), (text.upper(),), EN, PT) is not None
    assert verify(("7" * 20_000,), ("8" * 20_000,), EN, PT)


@given(st.text(max_size=80), st.text(max_size=80), st.sampled_from([PT, ZH, RU, JA, AR]))
def test_any_text_can_be_verified(source, draft, to):
    glossary = Glossary((Entry("a", "b"), Entry("1", "2", case=True)))
    for finding in verify((source,), (draft,), EN, to, glossary=glossary):
        assert finding.check in ALL
        assert finding.message


def test_the_documentation_names_every_check_and_its_severity():
    rows = re.findall(r"^\| `(\w+)` \| (error|warning) \|", (ROOT / "docs" / "checks.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows == [(check.name, check.severity) for check in CHECKS]
