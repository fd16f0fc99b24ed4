"""How often checks are wrong: on human translations (false alarms) and on seeded errors (recall).

The bars: an error in fewer than 0.5 % of human-translated segments, no check under 95 % of its seeded errors.
``docs/checks.md`` states the figures; ``python benchmarks/checks.py`` prints them.
"""

import random

import pytest

from parsers.document import codes, text_of
from pipeline.findings import words
from pipeline.glossary import Entry, Glossary
from pipeline.verification import verify
from tests.pipeline import seeded
from tests.pipeline.human import CORPORA, EN, NEWS, human, messages, target

pytestmark = pytest.mark.skipif(not NEWS.is_file(), reason=f"no parallel corpus at {NEWS}; set DIGLOT_CORPUS")


@pytest.mark.parametrize("corpus", CORPORA)
def test_human_translations_are_seldom_called_wrong(corpus):
    pairs = human(corpus)
    alarms = [(a, b, found[0]) for a, b in pairs
              if (found := verify(a, b, EN, target(corpus))) and found[0].severity == "error"]
    assert len(pairs) > 1_000
    assert len(alarms) < 0.005 * len(pairs), alarms


WARNINGS = {"numbers": 0.02, "units": 0.001, "pairing": 0.01, "length": 0.005, "truncated": 0.003, "language": 0.002}


@pytest.mark.parametrize("corpus", CORPORA)
@pytest.mark.parametrize("check", WARNINGS)
def test_human_translations_are_seldom_doubted(check, corpus):
    pairs = human(corpus)
    alarms = [(a, b, found) for a, b in pairs if (found := verify(a, b, EN, target(corpus), checks={check}))]
    assert len(alarms) <= WARNINGS[check] * len(pairs), alarms


@pytest.mark.parametrize("language", ["fr", "de", "pt_BR", "ja", "ru", "ar", "ko", "hi", "tr", "vi"])
def test_messages_of_programs_are_seldom_called_wrong(language):
    pairs = messages(language, 300)
    if len(pairs) < 300:
        pytest.skip(f"no messages of programs in {language} on this machine")
    alarms = [(a, b, found[0]) for a, b in pairs if (found := verify(a, b, EN, target(language)))
              and found[0].severity == "error" and found[0].check != "copied"]   # a few messages are not translated
    assert len(alarms) <= 0.01 * len(pairs), alarms


# ---- seeded errors -------------------------------------------------------------------------
def sample(corpus, count=150):
    """Segments of a sentence or more, the same in every run."""
    pairs = [(a, b) for a, b in human(corpus) if len(text_of(a)) >= 40 and len(text_of(b)) >= 12]
    return random.Random(7).sample(pairs, min(count, len(pairs)))


@pytest.mark.parametrize("corpus", ["pt", "zh"])
@pytest.mark.parametrize("spoil", seeded.CODE_ERRORS)
def test_every_spoilt_code_is_found(corpus, spoil):
    source = random.Random(3)
    for a, b in sample(corpus):
        before, after = seeded.dressed(text_of(a)), seeded.dressed(text_of(b))
        assert verify(before, after, EN, target(corpus), checks={"codes"}) == ()
        assert verify(before, spoil(after, source), EN, target(corpus), checks={"codes"})


RARE = ("numbers", "units", "pairing")
CHECKED = ("empty", "loop", "leak", "commentary", "copied", "script", "length", "truncated", *RARE, "characters")


@pytest.mark.parametrize("check", CHECKED)
def test_seeded_errors_are_found(check):
    source = random.Random(11)
    done, missed = 0, []
    for corpus in CORPORA:
        for a, b in sample(corpus, 2_000 if check in RARE else 150):
            draft = seeded.spoilt(check, a, b, source)
            if draft is None:
                continue
            done += 1
            found = {f.check for f in verify((text_of(a),), (draft,), EN, target(corpus))}
            if not found & {check, "length" if check == "truncated" else check}:
                missed.append((text_of(a), draft, found))
    assert done >= 40
    assert len(missed) <= 0.05 * done, (len(missed), done, missed[:5])


@pytest.mark.parametrize(("corpus", "other"), [("pt", "es"), ("es", "pt"), ("news", "pt")])
def test_drafts_in_another_language_are_found(corpus, other):
    drafts = [b for _, b in sample(other, 400) if len(list(words(text_of(b)))) >= 8]
    pairs = list(zip(sample(corpus, len(drafts)), drafts, strict=False))
    missed = [(a, draft) for (a, _), draft in pairs
              if not verify((text_of(a),), (text_of(draft),), EN, target(corpus), checks={"language"})]
    assert len(pairs) > 300
    assert len(missed) <= 0.05 * len(pairs), missed[:5]


@pytest.mark.parametrize("corpus", ["pt", "es", "news"])
def test_english_that_is_left_is_found(corpus):
    source = random.Random(5)
    drafts = [(text_of(a), draft) for a, _ in sample(corpus, 400) if (draft := seeded.paraphrased(text_of(a), source))]
    missed = [(a, draft) for a, draft in drafts
              if not {f.check for f in verify((a,), (draft,), EN, target(corpus))} & {"copied", "language"}]
    assert len(drafts) > 150
    assert len(missed) <= 0.05 * len(drafts), missed[:5]


def test_missed_terms_are_found():
    for a, b in sample("news"):
        word = next(w for w in words(text_of(a)) if len(w) > 4)
        glossary = Glossary((Entry(word, "xyzzy"),))
        assert verify(a, b, EN, target("news"), glossary=glossary, checks={"glossary"})
        assert not verify(a, (f"{text_of(b)} (xyzzy)",), EN, target("news"), glossary=glossary, checks={"glossary"})


def test_the_corpus_has_codes():
    assert sum(bool(codes(a)) for corpus in CORPORA for a, _ in human(corpus)) > 1_000
