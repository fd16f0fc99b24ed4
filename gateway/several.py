"""Several documents in one form, as browsers send it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from gateway.access import Caller
from gateway.forms import wanted
from gateway.glossaries import LARGEST
from gateway.names import display_name
from gateway.problems import INVALID, Refused
from gateway.service import Service
from gateway.translations import glanced, submitted
from gateway.uploads import FIELD_BYTES, FILE, MOST_FIELDS, Form
from parsers.errors import DiglotError
from pipeline.glossary_files import parsed
from storage.glossaries import TermList
from storage.vocabulary import Job

MOST_FILES = 100
"""In one form."""
LISTS = frozenset({"target_lang", "glossaries"})
SINGLE = frozenset({"source_lang", "class", "format", "inflect", "memory", "other_languages"})
TERMS = "terms"
"""A field that is a term list for these documents alone."""
LINES = "keep"
"""A field with one value on each line."""
FIELDS = LISTS | SINGLE | {LINES}


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a form."""

    jobs: tuple[Job, ...] = ()
    documents: int = 0
    """Those that were taken in."""
    problems: tuple[str, ...] = ()
    """One sentence for each document that was not, or one for the whole form."""
    read: bool = False
    """The documents were looked at: whoever sends them again sends them twice."""
    given: Mapping[str, list[str]] = field(default_factory=dict)
    """What else was filled in."""

    @property
    def sentence(self) -> str:
        """What was taken in; empty for nothing."""
        if not self.jobs:
            return ""
        return "The document has come in." if self.documents == 1 else f"{self.documents} documents have come in."


async def taken(request: Request, caller: Caller, service: Service) -> Taken:
    """Make the jobs that a form asks for. Raises Refused for what is no such form."""
    try:
        async with request.form(max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=FIELD_BYTES) as form:
            return await _taken(form, caller, service)
    except HTTPException as error:          # what Starlette makes of a form that cannot be read
        raise Refused(INVALID, f"The form cannot be read; send {MOST_FILES} documents at most.") from error


async def _taken(form: FormData, caller: Caller, service: Service) -> Taken:
    given = _fields(form)
    files = _files(form, FILE)
    try:
        if not files:
            raise Refused(INVALID, "Choose one document at least.")
        wanted(Form(io.BytesIO(), "", given))           # what is wrong for all is told once
        terms = tuple([await _term_list(one) for one in _files(form, TERMS)])
    except DiglotError as error:
        return Taken(problems=(str(error),), given=given)
    jobs: list[Job] = []
    problems: list[str] = []
    for one in files:
        document = Form(one.file, display_name(one.filename or ""), given)
        try:
            jobs += await _submit(document, terms, caller, service)
        except DiglotError as error:
            problems.append(f"{document.name}: {error}")
    return Taken(tuple(jobs), len(files) - len(problems), tuple(problems), read=True, given=given)


async def _term_list(file: UploadFile) -> TermList:
    """A glossary that came with the form. Raises Refused, UsageError."""
    name = display_name(file.filename or "")
    data = await file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise Refused(INVALID, f"The glossary “{name}” has more than {LARGEST >> 20} MB.")
    await run_in_threadpool(parsed, name, data)
    return TermList(name, data)


async def _submit(document: Form, terms: tuple[TermList, ...], caller: Caller, service: Service) -> list[Job]:
    asked = wanted(document)
    asked = replace(asked, asked=tuple(replace(one, terms=terms) for one in asked.asked))
    await glanced(service, document, asked)
    async with service.admission.admitted(caller.tenant, len(asked.asked)):
        return await run_in_threadpool(submitted, service, caller, asked, document, None)


def _files(form: FormData, name: str) -> list[UploadFile]:
    """Those that were chosen in a field; browsers send an empty one for none."""
    return [one for one in form.getlist(name) if isinstance(one, UploadFile) and one.filename]


def _fields(form: FormData) -> dict[str, list[str]]:
    """The fields of the page, as the API has them; what was left empty was not said."""
    fields = {name: [one for one in form.getlist(name) if isinstance(one, str) and one.strip()]
              for name in form.keys() & FIELDS}
    for name in LISTS & fields.keys():
        fields[name] = list(dict.fromkeys(fields[name]))
    if LINES in fields:
        fields[LINES] = [line.strip() for one in fields[LINES] for line in one.splitlines() if line.strip()]
    return {name: values for name, values in fields.items() if values}
