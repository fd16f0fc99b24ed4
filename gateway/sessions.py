"""Sessions of the page: a cookie that holds an API key. Scripts cannot read it, other sites cannot send it, and the API
does not take it."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import Response

from gateway.problems import FORBIDDEN, Refused

COOKIE = "diglot_key"
LOGIN, LOGOUT, STATIC = "/login", "/logout", "/static/"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_page(path: str) -> bool:
    """Whether a person asks here, with a browser."""
    return path in {"/", "/jobs", LOGIN, LOGOUT} or path.startswith(("/jobs/", STATIC))


def is_open(path: str) -> bool:
    """Whether anybody may ask for this part of the page: it tells nothing of anyone."""
    return path in {LOGIN, LOGOUT} or path.startswith(STATIC)


def key_in(headers: Headers) -> str:
    """The key that a browser remembers; empty if it has none."""
    return cookie_parser(headers.get("cookie", "")).get(COOKIE, "")


def authorization(path: str, method: str, headers: Headers) -> list[str]:
    """What a session says in place of the header ``Authorization``. Raises Refused.

    Browsers send cookies along whoever made them ask; all that have SameSite say which page it was when something is
    to be changed. Who does not say it is no browser, and has no use for a cookie.
    """
    key = key_in(headers) if is_page(path) else ""
    if not key:
        return []
    if method not in SAFE and "sec-fetch-site" not in headers and "origin" not in headers:
        raise Refused(FORBIDDEN, "Whoever changes something with a cookie must say from which page.")
    return [f"Bearer {key}"]


def begin(request: Request, answer: Response, key: str) -> Response:
    """The same answer, which lets the browser remember the key until it is closed."""
    answer.set_cookie(COOKIE, key, httponly=True, samesite="strict", secure=_encrypted(request))
    return answer


def end(answer: Response) -> Response:
    """The same answer, which lets the browser forget its key."""
    answer.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return answer


def _encrypted(request: Request) -> bool:
    """Whether the browser came by https; a proxy before this server may have taken that off."""
    return "https" in {request.url.scheme, request.headers.get("origin", "").partition(":")[0]}
