"""What may be asked of a translation beside its languages: the same words at every door, as JSON says them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from parsers import FORMATS
from parsers.errors import UsageError
from parsers.locales import Locale
from parsers.masking import KINDS, MaskRules
from parsers.options import FRONT_MATTER_KEYS, ParseOptions
from pipeline.glossary import Termbase
from pipeline.job import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Every choice has the default of the command line."""

    format: str | None = None
    """A name of `parsers.FORMATS`; None: by the document's name, else by its content."""
    glossaries: tuple[str, ...] = ()
    """Names of stored glossaries, later ones over earlier ones; ``name@3`` for one version."""
    inflect: bool = False
    memory: str | None = None
    """Name of the translation memory to use and fill; None: none, so that nothing outlasts the job."""
    keep: tuple[str, ...] = ()
    """Names and terms that stay as they are."""
    no_mask: tuple[str, ...] = ()
    """Kinds of `parsers.masking.KINDS` that are translated too."""
    front_matter_keys: tuple[str, ...] = ()
    pin_headings: Literal["", "tag", "attribute"] = ""
    numbering: bool = False
    other_languages: Literal["translate", "keep"] = "translate"
    consistency: bool = True

    __pydantic_config__ = ConfigDict(extra="forbid")

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Options:
        """Options as somebody wrote them. Raises UsageError for one that is none or makes no sense."""
        try:
            options = _ADAPTER.validate_python(dict(values))
        except ValidationError as error:
            raise UsageError(_sentence(error)) from error
        if options.format is not None and options.format not in (one.name for one in FORMATS):
            raise UsageError(f"There is no format “{options.format}”; there are {', '.join(f.name for f in FORMATS)}.")
        strange = [kind for kind in options.no_mask if kind not in KINDS]
        if strange:
            raise UsageError(f"no_mask knows no “{strange[0]}”; it knows {', '.join(KINDS)}.")
        return options

    def as_json(self) -> dict[str, Any]:
        """What differs from the defaults."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
                if value != getattr(_DEFAULTS, name)}

    def job(self, source: Locale | None, target: Locale, terms: Termbase, priority: int = 0) -> Job:
        """What the pipeline is asked for. The format must have been decided."""
        assert self.format is not None
        keys = {key.lower().replace("-", "_") for key in self.front_matter_keys}
        parse = ParseOptions(MaskRules(frozenset(self.no_mask), tuple(dict.fromkeys(self.keep))),
                             FRONT_MATTER_KEYS | keys, pin_headings=self.pin_headings, numbering=self.numbering)
        return Job(self.format, target, source, terms, parse, keep_others=self.other_languages == "keep",
                   consistency=self.consistency, priority=priority)


OPTION_NAMES = tuple(field.name for field in fields(Options))
_ADAPTER = TypeAdapter(Options)
_DEFAULTS = Options()


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    name = str(first["loc"][0]) if first["loc"] else "options"
    if name not in OPTION_NAMES:
        return f"There is no option “{name}”; there are {', '.join(OPTION_NAMES)}."
    message = first["msg"][:1].lower() + first["msg"][1:].rstrip(".")
    return f"The option {name} makes no sense: {message}."
