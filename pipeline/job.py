"""What is wanted of a document, and who hears how it goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from parsers.locales import Locale
from parsers.options import ParseOptions
from pipeline.glossary import Glossary, Termbase
from pipeline.report import Translation

Progress = Callable[[int, int], None]
"""Called with (segments done, segments in all) as the work goes on."""

Listener = Callable[[Translation], None]
"""Called with each segment as it settles, in no set order. The output may still keep the source of
one whose translation would break the document's structure."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is wanted of one document."""

    format: str
    """Name of a format in `parsers.FORMATS`."""
    target: Locale
    source: Locale | None = None
    """None: judged by the whole document."""
    glossary: Glossary | Termbase = field(default_factory=Glossary)
    options: ParseOptions = field(default_factory=ParseOptions)
    keep_others: bool = False
    """Segments that are plainly in a third language stay, whatever the engine makes of them."""
    consistency: bool = True
    """What the document's own translations tell of its recurring phrases goes along with the others, to
    engines that read terms."""
    certified: bool = True
    """The report proves that nothing but text has changed; that costs two more readings."""
    priority: int = 0
    """Lower is earlier, for engines that know of it."""


@dataclass(frozen=True, slots=True)
class Told:
    """Who hears how a document goes on."""

    progress: Progress | None = None
    listener: Listener | None = None

    def count(self, done: int, total: int) -> None:
        """So many segments are settled."""
        if self.progress is not None:
            self.progress(done, total)

    def settled(self, translation: Translation) -> None:
        """A segment has ended, but for the check of the document's structure."""
        if self.listener is not None:
            self.listener(translation)
