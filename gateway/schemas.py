"""Bodies that are read by this package itself, described for OpenAPI."""

from __future__ import annotations

from typing import Any

from parsers import FORMATS
from parsers.locales import TAG
from parsers.masking import KINDS
from parsers.options import PINS
from storage.vocabulary import NAME, ServiceClass

LANGUAGE = {"type": "string", "pattern": f"^{TAG.pattern}$", "examples": ["pt-BR"]}
WORDS = {"type": "array", "items": {"type": "string", "maxLength": 200}, "maxItems": 50}
FLAG = {"type": "string", "enum": ["true", "false"]}
NAMED = f"^{NAME.pattern}$"
OPTION_FIELDS: dict[str, Any] = {
    "format": {"type": "string", "enum": [one.name for one in FORMATS],
               "description": "By the file's name, else by its content, if it is not said."},
    "glossaries": {"type": "array", "items": {"type": "string", "pattern": f"^{NAME.pattern}(?:@[0-9]{{1,9}})?$"},
                   "maxItems": 20, "description": "Names of stored glossaries, later ones over earlier ones; "
                                                  "`name@3` for one version."},
    "inflect": FLAG, "memory": {"type": "string", "pattern": NAMED}, "keep": WORDS,
    "no_mask": {"type": "array", "items": {"type": "string", "enum": list(KINDS)}}, "front_matter_keys": WORDS,
    "pin_headings": {"type": "string", "enum": list(PINS)},
    "numbering": FLAG, "other_languages": {"type": "string", "enum": ["translate", "keep"]}, "consistency": FLAG,
}


def form(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    """``openapi_extra`` of a route that takes a form."""
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def binary(*media_types: str) -> dict[str, Any]:
    """``openapi_extra`` of a route that takes a file as its body."""
    return {"requestBody": {"required": True, "content": {
        one: {"schema": {"type": "string", "format": "binary"}} for one in media_types}}}


FILE = {"type": "string", "format": "binary"}
FORM = form({
    "file": FILE,
    "target_lang": {"type": "array", "items": LANGUAGE, "minItems": 1, "maxItems": 50, "uniqueItems": True},
    "source_lang": {**LANGUAGE, "description": "Detected if it is not said."},
    "class": {"type": "string", "enum": [one.value for one in ServiceClass]},
    "options": {"type": "string", "contentMediaType": "application/json", "maxLength": 20_000,
                "description": "Options as one JSON object, in place of a field for each.",
                "examples": ['{"keep": ["Diglot"]}']},
    "webhook": {"type": "string", "pattern": NAMED, "description": "Name of the stored webhook to be told of the end."},
    **OPTION_FIELDS}, ["file", "target_lang"])
