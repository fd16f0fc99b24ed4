"""Templates become answers, and errors become pages that say them in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Scope

from gateway import assets, sessions
from gateway.problems import INVALID, UNAUTHENTICATED, Kind, Refused, answer, kind_of
from parsers.errors import DiglotError

POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
          "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
"""Nothing from elsewhere, nothing inline: a document's text that got into a page as markup could still do nothing."""
HEADERS = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Vary": "HX-Request",
           # With no-referrer browsers would not say from which page a form was sent.
           "Referrer-Policy": "same-origin"}

templates = Environment(loader=PackageLoader("gateway"), autoescape=True, undefined=StrictUndefined,
                        trim_blocks=True, lstrip_blocks=True)
templates.globals["asset"] = assets.url
templates.filters["iso"] = lambda seconds: f"{_moment(seconds):%Y-%m-%dT%H:%M:%SZ}"
templates.filters["utc"] = lambda seconds: f"{_moment(seconds):%d %b %Y, %H:%M} UTC"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


class Page(HTMLResponse):
    """HTML that can say whatever a document holds."""

    def render(self, content: Any) -> bytes:
        """As bytes; what no encoding has, lone surrogates, becomes question marks."""
        return str(content).encode("utf-8", "replace")


def page(request: Request, template: str, status: int = 200, headers: Mapping[str, str] | None = None,
         **values: Any) -> Response:
    """A template as an answer."""
    text = templates.get_template(template).render(logged_in=bool(sessions.key_in(request.headers)), **values)
    return Page(text, status, {**HEADERS, **(headers or {})})


def partial(headers: Headers) -> bool:
    """Whether htmx asks, which puts the answer into the page that is there."""
    return "hx-request" in headers


def refusal(scope: Scope, error: DiglotError) -> Response:
    """An error as whoever asked can read it: people as a page, programs as a problem."""
    kind, more = kind_of(error), error.headers if isinstance(error, Refused) else {}
    if not sessions.is_page(scope["path"]):
        return answer(kind, str(error), more)
    request = Request(scope)
    if kind is UNAUTHENTICATED:
        return _to_login(request)
    return _problem(request, kind, str(error), more)


def _problem(request: Request, kind: Kind, detail: str, more: Mapping[str, str]) -> Response:
    if partial(request.headers):
        return page(request, "said.html", kind.status, {**more, "HX-Retarget": "#said", "HX-Reswap": "innerHTML"},
                    problems=[detail], done="")
    return page(request, "problem.html", kind.status, more, title=kind.title, detail=detail)


def _to_login(request: Request) -> Response:
    """To where a key can be given, and back; a key that opens nothing is forgotten."""
    if partial(request.headers):
        return sessions.end(Response(None, 401, {"HX-Redirect": sessions.LOGIN}))
    back = request.url.path if request.method == "GET" else "/"
    return sessions.end(RedirectResponse(sessions.LOGIN + ("" if back == "/" else f"?next={quote(back)}"), 303,
                                         {"Cache-Control": "no-store"}))


class PageRoute(APIRoute):
    """A route of the page: its errors are pages too."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What FastAPI calls."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except DiglotError as error:
                return refusal(request.scope, error)
            except RequestValidationError:
                return refusal(request.scope, Refused(INVALID, "This address makes no sense."))
            except ClientDisconnect:
                return refusal(request.scope, Refused(INVALID, "The upload broke off."))

        return handler
