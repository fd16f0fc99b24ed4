"""What a form asks for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, get_type_hints

from gateway.problems import INVALID, Refused
from gateway.uploads import FILE, Form
from parsers.locales import Locale
from storage.vocabulary import ServiceClass, named
from workers.intake import Asked
from workers.options import OPTION_NAMES, Options

OWN = ("target_lang", "source_lang", "class", "options", "webhook")
"""Fields beside the file and the options."""
LISTS = frozenset(name for name, kind in get_type_hints(Options).items() if kind == tuple[str, ...])
"""Options with any number of values."""
MOST_TARGETS = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """One document into one language or several."""

    asked: tuple[Asked, ...]
    body_hash: str
    """Of all that was said beside the document."""


def wanted(form: Form) -> Wanted:
    """What a form asks for. Raises Refused, UsageError."""
    for name in form.fields:
        if name not in OWN and name not in OPTION_NAMES:
            known = ", ".join((FILE, *OWN, *OPTION_NAMES))
            raise Refused(INVALID, f"There is no field “{name[:50]}”; there are {known}.")
    targets = [Locale.parse(tag) for tag in form.fields.get("target_lang", ())]
    if not targets:
        raise Refused(INVALID, "Say with target_lang into which language to translate.")
    if len({one.tag for one in targets}) < len(targets) or len(targets) > MOST_TARGETS:
        raise Refused(INVALID, f"Name each target_lang once, and {MOST_TARGETS} at most.")
    source, options, service = form.one("source_lang"), _options(form), _service(form.one("class"))
    webhook = form.one("webhook")
    if webhook is not None:
        named(webhook)                                      # it is looked up when the job is made, not for an estimate
    asked = tuple(Asked(form.name, target, Locale.parse(source) if source else None, service, options, webhook=webhook)
                  for target in targets)
    said = [[one.target.tag for one in asked], source, service, options.as_json(), form.name, webhook]
    return Wanted(asked, hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest())


def _service(word: str | None) -> ServiceClass:
    try:
        return ServiceClass(word or ServiceClass.BATCH)
    except ValueError as error:
        known = ", ".join(one.value for one in ServiceClass)
        raise Refused(INVALID, f"There is no class “{word}”; there are {known}.") from error


def _options(form: Form) -> Options:
    """From the field ``options``, as JSON, and from fields with their own names. Raises Refused, UsageError."""
    values: dict[str, Any] = dict(_json_object(form.one("options") or "{}"))
    for name in OPTION_NAMES:
        if name not in form.fields:
            continue
        if name in values:
            raise Refused(INVALID, f"The option {name} came twice: in options, and as a field.")
        values[name] = tuple(form.fields[name]) if name in LISTS else form.one(name)
    options = Options.read(values)
    if options.memory is not None:
        named(options.memory)                               # glossaries are looked up at once, memories later
    return options


def _json_object(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(INVALID, "The field options is no JSON.") from error
    if not isinstance(value, dict):
        raise Refused(INVALID, "The field options is no JSON object.")
    return value


assert not set(OWN) & {one.name for one in fields(Options)}
