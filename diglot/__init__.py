"""Translate Markdown, HTML and Word documents, keeping every byte that is not language.

    >>> import diglot
    >>> result = diglot.translate("guide.md", to="pt-BR")
    >>> result.output, result.report.counts
    >>> for segment in diglot.stream("guide.md", to="pt-BR"): ...
    >>> diglot.segments("guide.md")
    >>> diglot.check("guide.md", "guide.pt-BR.md").ok

Every error is a `diglot.DiglotError`; ``str(error)`` is one plain sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parsers.document import Segment as Segment
    from parsers.errors import DiglotError as DiglotError
    from parsers.errors import DocumentError as DocumentError
    from parsers.errors import ShapeError as ShapeError
    from parsers.errors import UsageError as UsageError
    from parsers.options import ParseOptions
    from pipeline.comparison import Comparison as Comparison
    from pipeline.engines import Engine
    from pipeline.engines import EngineError as EngineError
    from pipeline.engines import ServerOptions as ServerOptions
    from pipeline.memory import Memory as Memory
    from pipeline.report import Translation as Translation
    from pipeline.streaming import Stream as Stream
    from pipeline.translation import Job
    from pipeline.translation import Result as Result
    from storage.memory import SqliteMemory as SqliteMemory

__version__ = "0.1.0"

__all__ = ["Comparison", "DiglotError", "DocumentError", "EngineError", "Memory", "Result", "Segment", "ServerOptions",
           "ShapeError", "SqliteMemory", "Stream", "Translation", "UsageError", "__version__",
           "check", "segments", "stream", "translate"]

_HOMES = {"Segment": "parsers.document", "DiglotError": "parsers.errors", "DocumentError": "parsers.errors",
          "ShapeError": "parsers.errors", "UsageError": "parsers.errors", "EngineError": "pipeline.engines",
          "ServerOptions": "pipeline.engines", "Memory": "pipeline.memory", "SqliteMemory": "storage.memory",
          "Comparison": "pipeline.comparison", "Result": "pipeline.translation", "Stream": "pipeline.streaming",
          "Translation": "pipeline.report"}
"""Names that are imported when first asked for, so that ``import diglot`` costs nothing."""


def translate(document: bytes | str | Path, to: str, *, source: str | None = None,  # noqa: PLR0913 - a choice each
              engine: str | Engine = "embedded", server: ServerOptions | None = None, format: str | None = None,
              glossary: Iterable[str | Path] = (), options: ParseOptions | None = None,
              memory: str | Path | Memory | None = None, progress: Callable[[int, int], None] | None = None) -> Result:
    """Translate a document, given as bytes or as a path.

    ``to`` and ``source`` are language codes (``pt-BR``); without ``source`` the document's language
    is judged by its text. ``engine`` is a name of ``diglot engines`` or an engine of your own
    (`pipeline.engines.Engine`); ``server`` says where the model server is, for ``vllm``. ``format`` is
    needed only where neither name nor content tells. ``glossary`` are paths of CSV, TSV or TBX files.
    ``memory`` is the path of a translation memory, made if it is not there, or an object that is one
    (`SqliteMemory`, `pipeline.memory.VolatileMemory`, your own). ``progress`` is called with segments
    done and in all.

    Gives the output's bytes and a report with the outcome of every segment; writes nothing.
    Raises UsageError, DocumentError, EngineError, ShapeError; MemoryFault (`storage.memory`) if the memory fails.
    """
    from pipeline.translation import translate as run

    data, job = _asked(document, to, source, format, glossary, options)
    with _remembered(memory) as kept:
        return run(data, job, _engine(engine, server), memory=kept, progress=progress)


def stream(document: bytes | str | Path, to: str, *, source: str | None = None,  # noqa: PLR0913 - a choice each
           engine: str | Engine = "embedded", server: ServerOptions | None = None, format: str | None = None,
           glossary: Iterable[str | Path] = (), options: ParseOptions | None = None,
           memory: Memory | None = None, progress: Callable[[int, int], None] | None = None) -> Stream:
    """Translate a document and give its segments as they come, in reading order.

    Takes what `translate` takes, but a memory as an object, which its owner closes.
    Iterating gives a `Translation` for each segment; ``.result``, at the
    end, is what `translate` gives. Leaving early is done with ``.close()`` or a ``with`` block: work
    under way is cancelled. See `pipeline.streaming.Stream`.
    Raises UsageError and DocumentError, and what `translate` raises while iterating.
    """
    from pipeline.streaming import Stream

    data, job = _asked(document, to, source, format, glossary, options)
    return Stream(data, job, _engine(engine, server), memory=memory, progress=progress)


def segments(document: bytes | str | Path, *, format: str | None = None,
             options: ParseOptions | None = None) -> tuple[Segment, ...]:
    """What a translator would see of a document, in reading order. Raises DocumentError."""
    import parsers

    data, name = _opened(document, format)
    return parsers.parse(data, name, options).segments


def check(original: bytes | str | Path, translation: bytes | str | Path, *, format: str | None = None) -> Comparison:
    """Hold a translation, whoever made it, beside its original. Raises DocumentError."""
    from pipeline.comparison import check as compare

    data, name = _opened(original, format)
    return compare(data, _opened(translation, name)[0], name)


def _asked(document: bytes | str | Path, to: str, source: str | None,
           format: str | None, glossary: Iterable[str | Path], options: ParseOptions | None) -> tuple[bytes, Job]:
    """A document's bytes and what is wanted of it."""
    from parsers.locales import Locale
    from parsers.options import ParseOptions
    from pipeline.glossary import Termbase
    from pipeline.translation import Job

    data, name = _opened(document, format)
    return data, Job(name, Locale.parse(to), Locale.parse(source) if source else None, Termbase.load(*glossary),
                     options or ParseOptions())


def _engine(engine: str | Engine, server: ServerOptions | None) -> Engine:
    from pipeline.engines import engine_named

    return engine_named(engine, server) if isinstance(engine, str) else engine


@contextmanager
def _remembered(memory: str | Path | Memory | None) -> Iterator[Memory | None]:
    """A memory, opened if it is a path."""
    if not isinstance(memory, str | Path):
        yield memory
        return
    from storage.memory import SqliteMemory

    with closing(SqliteMemory(memory)) as opened:
        yield opened


def _opened(document: bytes | str | Path, format: str | None) -> tuple[bytes, str]:
    """Bytes and format of a document. Raises DocumentError."""
    from parsers.errors import DocumentError, UnknownFormat
    from parsers.sniffing import sniff

    try:
        data = document if isinstance(document, bytes) else Path(document).read_bytes()
    except OSError as error:
        raise DocumentError(f"The file cannot be read: {error.strerror or error}.") from error
    found = format or getattr(sniff(data, "" if isinstance(document, bytes) else Path(document).name), "name", None)
    if found is None:
        raise UnknownFormat("Neither its name nor its content says what format this is; give format=.")
    return data, found


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'diglot' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOMES[name]), name)
