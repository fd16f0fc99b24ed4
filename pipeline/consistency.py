"""One document, one translation of each of its phrases: terms learned from what was translated already.

Codes are alignments: what stands inside a link in the source stands inside the same link in the
translation, and a heading is translated as a whole. So a few segments are translated first, the
*leaders*: short ones whose whole text the document says again elsewhere, and ones with a bold or linked phrase that
it says again. Their accepted translations give pairs of phrases, the *lexicon*, and the rest of the
document is translated with those as terms that are not firm: an engine is told of them, and a miss is
counted but not asked for again.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from parsers.document import CodeKind, Content, Segment, has_letters
from parsers.locales import Locale
from parsers.phrases import WIDE, PhraseIndex, case_folded, tokens
from pipeline.engines import Term
from pipeline.glossary import MARK, Entry, Glossary, wording
from pipeline.inflection import inflection_of
from pipeline.planning import Plan
from pipeline.report import Inconsistency, TermUse

MOST_LEADERS = 50
LEADERS_SHARE = 0.1
"""Leaders are translated before the others: at most so many, and at most this share of what is asked."""

ELSEWHERE = 2
"""Other segments in which a phrase stands, at least."""

LONGEST = 4
"""Words of a phrase; two characters of a script without spaces are one."""

SHORTEST = 3
"""Characters of a phrase in a script without spaces: two are often a noun, a verb and a part of other words (配置)."""

MOST_TERMS = 5
"""Learned terms that go along with one segment."""

MOST_INCONSISTENT = 50
"""Phrases in the list of those that were translated in several ways."""

HOLE = MARK.strip()
SENTENCE = re.compile(r"[.!?…。！？]$")
OPENING = frozenset(".!?:…。：！？|¿¡\"“”„«‹'‘([（「『" + HOLE)
"""What stands before a capital letter that makes no name."""
GLOSS = re.compile(r"\s*[(（][^()（）]*[)）]$")
"""An explanation in brackets, as translators add one at the first mention of a term."""
BEFORE = re.compile(r"(\w)[\w-]* $")
AFTER = re.compile(r" (\w)")
LINKS = frozenset({"link", "hyperlink", "a"})
"""Labels of pairs whose text is a name for something. Emphasis is laid on *not* and *only* as well."""
WHOLE = 0
"""The whole text of a segment, where the id of a pair would stand."""


# ---- phrases and what became of them -------------------------------------------------------
def phrases_of(items: Content) -> dict[int, str]:
    """The phrases of a content whose translation can be told: its whole text (0), texts inside pairs (their ids)."""
    labels = {item.id: item.label for item in items if not isinstance(item, str)}
    texts = _texts(items)
    return {number: text for number, text in texts.items()
            if _is_phrase(text) and (number == WHOLE or (text != texts[WHOLE] and (
                labels[number] in LINKS or " " in text or text != text.lower())))}


def aligned(source: Content, target: Content) -> Iterator[tuple[int, str, str]]:
    """(number, phrase, translation) of each phrase of a segment."""
    texts = _texts(target)
    for number, phrase in phrases_of(source).items():
        rendering = texts.get(number, "")
        if not GLOSS.search(phrase):
            rendering = GLOSS.sub("", rendering)
        if has_letters(rendering) and HOLE not in rendering:
            yield number, phrase, rendering


def _texts(items: Content) -> dict[int, str]:
    """The whole text of a content (0) and those inside its pairs, by their ids."""
    opened: dict[int, int] = {}
    found = {WHOLE: _spaced(wording(items))}
    for at, item in enumerate(items):
        if isinstance(item, str):
            continue
        if item.kind is CodeKind.OPEN:
            opened[item.id] = at
        elif item.kind is CodeKind.CLOSE and item.id in opened:
            found[item.id] = _spaced(wording(items[opened[item.id] + 1:at]))
    return found


def _is_phrase(text: str) -> bool:
    if HOLE in text or not has_letters(text) or SENTENCE.search(text):
        return False
    wide, words = len(WIDE.findall(text)), WIDE.sub(" ", text).split()
    if wide / 2 + len(words) > LONGEST:
        return False
    if words:
        return wide + len(words) > 1 or len(text) > 2 or text.isupper()
    return wide >= SHORTEST


def _spaced(text: str) -> str:
    return " ".join(text.split())


def names_in(text: str) -> Iterator[str]:
    """Runs of capitalised words that do not begin a sentence: ``OpenTelemetry Collector``."""
    if text[1:] == text[1:].lower():                        # of most texts nothing but the beginning is capitalised
        return
    name, begins = "", True
    for word, _, _ in tokens(text):
        plain = word.lstrip(" ")
        if not begins and plain[:1].isalpha() and plain != plain.lower():
            name = f"{name} {plain}" if name and word != plain else plain
        elif name:
            yield name
            name = ""
        begins = plain in OPENING or (begins and not plain[:1].isalnum())
    if name:
        yield name


def _kept_names(source: Content, target: Content) -> Iterator[str]:
    """The names of a source that stand in its translation as they are."""
    text = wording(target)
    return (name for name in names_in(wording(source)) if PhraseIndex(((name, name),)).find(text))


# ---- before the translation: who goes first ------------------------------------------------
@dataclass(slots=True)
class _Phrase:
    """What a document has of a phrase."""

    offers: list[Segment] = field(default_factory=list)
    """Segments from whose translation its own can be told."""
    places: set[str] = field(default_factory=set)
    """Ids of the segments in which it stands."""
    spellings: set[str] = field(default_factory=set)
    name: bool = True
    """Told by names that stay as they are alone."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """The phrases that a document says again, and the segments that are to be translated first for them."""

    leaders: tuple[Segment, ...]
    """In reading order."""
    _spellings: Mapping[str, frozenset[str]]
    """Phrase, case folded → how the document writes it."""

    def lexicon(self, accepted: Iterable[tuple[Segment, Content]], target: Locale) -> Lexicon:
        """What the translations of the leaders say of the phrases; those that were not accepted are left out.

        A phrase with several renderings is left out too, unless one of them has the majority.
        """
        known = {segment.id: content for segment, content in accepted}
        said: dict[str, Counter[tuple[str, str]]] = {}
        for leader in self.leaders:
            for phrase, rendering in self._told(leader.content, known[leader.id]) if leader.id in known else ():
                said.setdefault(case_folded(phrase), Counter())[phrase, rendering] += 1
        entries: list[Entry] = []
        for key, renderings in said.items():
            (phrase, rendering), times = renderings.most_common(1)[0]
            if 2 * times > renderings.total():
                entries.append(Entry(phrase, rendering, case=case_folded(rendering) == key))
        return Lexicon(tuple(entries), target)

    def _told(self, source: Content, target: Content) -> Iterator[tuple[str, str]]:
        """A short segment that stays as it is says something of a name alone: a value in a cell stays, the
        same word in a sentence does not."""
        for number, phrase, rendering in aligned(source, target):
            spellings = self._spellings.get(case_folded(phrase))
            stays = case_folded(phrase) == case_folded(rendering)
            if spellings and (number != WHOLE or not stays or (phrase != phrase.lower() and spellings == {phrase})):
                yield phrase, rendering
        for name in _kept_names(source, target):
            if self._spellings.get(case_folded(name)) == frozenset({name}):
                yield name, name


def recurring(plan: Plan) -> Recurring:
    """The phrases that the segments of a plan share. Takes time linear in their text."""
    phrases = _phrases(plan)
    index = PhraseIndex(((key, phrase) for key, phrase in phrases.items()), case_folded)
    for segment in plan.unique:
        text = wording(segment.content)
        for found in index.find(text):
            found.value.places.add(segment.id)
            found.value.spellings.add(_spaced(text[found.start:found.end]))
    again = {key: phrase for key, phrase in phrases.items() if len(phrase.places) > ELSEWHERE}
    leaders: dict[str, Segment] = {}
    for phrase in sorted(again.values(), key=lambda phrase: (phrase.name, -len(phrase.places))):
        if len(leaders) >= min(MOST_LEADERS, int(LEADERS_SHARE * len(plan.unique))):
            break
        if leaders.keys().isdisjoint(segment.id for segment in phrase.offers):
            leader = min(phrase.offers, key=lambda segment: len(wording(segment.content)))
            leaders[leader.id] = leader
    return Recurring(tuple(segment for segment in plan.unique if segment.id in leaders),
                     {key: frozenset(phrase.spellings) for key, phrase in again.items()})


def _phrases(plan: Plan) -> dict[str, _Phrase]:
    """Everything of a plan whose translation can be told, with who tells it."""
    found: dict[str, _Phrase] = {}
    for segment in plan.unique:
        for text in phrases_of(segment.content).values():
            phrase = found.setdefault(case_folded(text), _Phrase())
            phrase.offers.append(segment)
            phrase.name = False
        for text in names_in(wording(segment.content)):
            found.setdefault(case_folded(text), _Phrase()).offers.append(segment)
    return found


# ---- afterwards ----------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Lexicon:
    """Phrases of a document and what they became."""

    entries: tuple[Entry, ...] = ()
    target: Locale | None = None
    _index: Glossary = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Index the phrases; forms of their translations count as these."""
        object.__setattr__(self, "_index", Glossary(self.entries, inflection=True, target=self.target))

    def terms_in(self, items: Content, glossary: Glossary) -> tuple[Term, ...]:
        """What an engine is told of a segment beside the glossary's terms: `MOST_TERMS` at most, in order.

        The glossary comes first: a phrase that shares a word of the text with one of its terms is left out.
        """
        return tuple(self._found(wording(items), glossary).values())

    def uses(self, pairs: Iterable[tuple[Content, Content]], glossary: Glossary) -> tuple[TermUse, ...]:
        """How often each phrase went along with a segment, and came out of it, over (source, translation)."""
        counts = {entry: [0, 0] for entry in self.entries}
        for source, target in pairs:
            text = wording(source)
            found = self._found(text, glossary)
            if found:
                hits = self._index.check(text, wording(target)).hits
                for entry in found:
                    counts[entry][entry not in hits] += 1
        return tuple(TermUse(entry.source, entry.target, hits, misses)
                     for entry, (hits, misses) in counts.items() if hits or misses)

    def _found(self, text: str, glossary: Glossary) -> dict[Entry, Term]:
        occurrences = self._index.occurrences(text)
        taken = [(one.start, one.end) for one in glossary.occurrences(text)] if occurrences else []
        found: dict[Entry, Term] = {}
        for one in occurrences:
            if any(one.start < end and start < one.end for start, end in taken) or _in_a_name(text, one.start, one.end):
                continue
            if len(found) < MOST_TERMS:
                written = _spaced(text[one.start:one.end])
                found.setdefault(one.value, Term(written, self._as_written(written, one.value), firm=False))
        return found

    def _as_written(self, written: str, entry: Entry) -> str:
        """The translation in lower case if a heading is spoken of in a sentence, but for German nouns."""
        if written != written.lower() or entry.source == written or (self.target and self.target.language == "de"):
            return entry.target
        return " ".join(word.lower() if word.istitle() else word for word in entry.target.split(" "))


def _in_a_name(text: str, start: int, end: int) -> bool:
    """Capitalised, beside another capitalised word: *Metrics* of ``Metrics SDK``."""
    before, after = BEFORE.search(text, max(0, start - 40), start), AFTER.match(text, end)
    return text[start].isupper() and bool((before and before[1].isupper()) or (after and after[1].isupper()))


def inconsistencies(pairs: Iterable[tuple[Content, Content]], target: Locale) -> tuple[Inconsistency, ...]:
    """Phrases that became several things in (source, translation) pairs, where their translations can be told.

    Those that occur most come first, `MOST_INCONSISTENT` at most. Forms of the same words are one rendering.
    """
    said: dict[str, Counter[str]] = {}
    for source, translation in pairs:
        for _, phrase, rendering in aligned(source, translation):
            said.setdefault(case_folded(phrase), Counter())[rendering] += 1
    found = [Inconsistency(phrase, renderings) for phrase, counts in said.items()
             if len(renderings := _grouped(counts, target)) > 1]
    found.sort(key=lambda one: -sum(times for _, times in one.renderings))
    return tuple(found[:MOST_INCONSISTENT])


def _grouped(renderings: Counter[str], target: Locale) -> tuple[tuple[str, int], ...]:
    inflection = inflection_of(target)
    groups: dict[str, int] = {}
    for rendering, times in renderings.most_common():
        words = _words(rendering)
        known = next((other for other in groups if words == _words(other) or (
            inflection and inflection.same(words, _words(other), loosely=True))), rendering)
        groups[known] = groups.get(known, 0) + times
    return tuple(sorted(groups.items(), key=lambda item: -item[1]))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.lstrip(" ") for word, _, _ in tokens(text, case_folded))
