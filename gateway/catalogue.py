"""What Diglot can do: languages, formats, and what a document would cost."""

from __future__ import annotations

from dataclasses import asdict, replace

from fastapi import APIRouter, Request
from starlette.responses import Response

from gateway.access import Reader, Writer
from gateway.forms import wanted
from gateway.glance import LARGEST
from gateway.problems import INVALID, TOO_LARGE, UNSUPPORTED_FORMAT, Refused, problems
from gateway.resources import Json, Resource
from gateway.schemas import FORM
from gateway.service import Service, ServiceOf
from gateway.uploads import Form, received
from parsers import FORMATS
from parsers.sniffing import sniff
from pipeline.glossary import Termbase
from pipeline.glossary_files import parsed
from pipeline.languages import LANGUAGES, VARIANTS
from pipeline.translation import estimate
from storage.errors import NotKept
from workers.intake import Asked

router = APIRouter(prefix="/v1", tags=["catalogue"])


class LanguageView(Resource):
    """A language that is known by name; engines may know more, or fewer."""

    tag: str
    name: str
    rtl: bool


class Languages(Resource):
    """All of them, and regional variants that have a name."""

    languages: list[LanguageView]
    variants: dict[str, str]


class FormatView(Resource):
    """A format of documents."""

    name: str
    title: str
    suffixes: list[str]
    media_type: str


class Formats(Resource):
    """All of them."""

    formats: list[FormatView]


class EstimateView(Resource):
    """What a document would cost."""

    source_lang: str
    segments: int
    words: int
    characters: int
    repeats: int
    untouched: int
    masks: dict[str, int]
    tokens: int
    """Source tokens, about."""


@router.get("/languages", response_model=Languages, responses=problems())
async def languages(_caller: Reader) -> Response:
    """Languages that Diglot knows by name."""
    found = [LanguageView(tag=one.tag, name=one.english, rtl=one.rtl) for one in LANGUAGES]
    return Json(Languages(languages=found, variants=VARIANTS).model_dump())


@router.get("/formats", response_model=Formats, responses=problems())
async def formats(_caller: Reader) -> Response:
    """Formats that Diglot translates."""
    found = [FormatView(name=one.name, title=one.title, suffixes=list(one.suffixes), media_type=one.media_type)
             for one in FORMATS]
    return Json(Formats(formats=found).model_dump())


@router.post("/translations:estimate", response_model=EstimateView, openapi_extra=FORM,
             responses=problems(408, 413, 415))
async def estimated(request: Request, caller: Writer, service: ServiceOf) -> Response:
    """Count what a translation would ask of an engine, without one. The form is that of a translation; of documents
    over 16 MB nothing is told."""
    async with received(request) as form:
        asked = wanted(form).asked[0]
        view = await service.with_whole(_estimate, service, caller.tenant, form, asked)
    return Json(view.model_dump())


def _estimate(service: Service, tenant: str, form: Form, asked: Asked) -> EstimateView:
    if form.file.seek(0, 2) > LARGEST:
        raise Refused(TOO_LARGE, f"Documents over {LARGEST >> 20} MB are not estimated; translate it.")
    try:
        lists = service.stores.glossaries.files(tenant, asked.options.glossaries)
    except NotKept as error:
        raise Refused(INVALID, str(error)) from error
    data = b"".join(form.pieces())
    known = asked.options.format or (found.name if (found := sniff(data, form.name)) else None)
    if known is None:
        raise Refused(UNSUPPORTED_FORMAT, "Neither its name nor its content says what format this is.")
    terms = Termbase(tuple(parsed(one.name, one.data) for one in lists), asked.options.inflect)
    job = replace(asked.options, format=known).job(asked.source, asked.target, terms)
    values = asdict(estimate(data, job))
    values["source_lang"] = values.pop("source_language")
    return EstimateView(**{name: values[name] for name in EstimateView.model_fields})


