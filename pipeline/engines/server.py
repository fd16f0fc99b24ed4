"""One model server that speaks OpenAI's protocol, as vLLM does: requests, answers and what can go wrong.

TryAgain                 private to engines: another try may succeed
├── Unreachable          refused, reset, or cut off in the middle of an answer
├── TimedOut             no answer in time
├── Overloaded           429 and 503: too much at once
└── Faulty               another 5xx, or an answer that is none
PromptTooLong            more tokens than the model reads: to be split
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from parsers.errors import UsageError
from pipeline.engines import EngineError, RequestFailed, ServerOptions
from pipeline.engines.transport import Answer, Broken, Late, Transport

BRIEF = 10.0
"""Seconds for questions that cost the server nothing (health, models, metrics, tokens)."""

TRY_AGAIN = frozenset({408, 409, 425})
"""Statuses beside 429 and 5xx after which the same request may succeed (RFC 9110, RFC 8470)."""


USELESS = frozenset({401, 403, 404, 405, 410})
"""Statuses after which nothing can be asked of this server."""

ROUTES = ("/chat/completions", "/completions", "/models")
"""What people copy along with a base URL."""


class TryAgain(Exception):
    """The request was in order; another try may succeed."""

    retry_after: float = 0.0
    """Seconds that the server asked to wait."""


class Unreachable(TryAgain):
    """The connection was refused, reset, or cut off in the middle of an answer."""


class TimedOut(TryAgain):
    """No answer in time."""


class Overloaded(TryAgain):
    """The server has too much to do."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Faulty(TryAgain):
    """The server failed, or what it said is no answer."""


class PromptTooLong(Exception):
    """The prompt has more tokens than the model reads."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said."""

    text: str
    truncated: bool
    """It stopped at the limit of tokens (``finish_reason: length``)."""
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Served:
    """A model as its server describes it."""

    name: str
    max_model_len: int | None
    """Tokens of prompt and answer together; None where the server does not say."""


class Server:
    """Requests to one server over kept connections."""

    def __init__(self, options: ServerOptions) -> None:
        self.base = base_of(options.base_url)
        self._root = re.sub(r"/v1$", "", self.base)
        self._options = options
        key = {"Authorization": f"Bearer {options.api_key}"} if options.api_key else {}
        self._transport = Transport({"Content-Type": "application/json", **key}, options.most_at_once)

    async def served(self) -> tuple[Served, ...]:
        """The models it serves. Raises TryAgain or EngineError."""
        body = await self._ask("GET", f"{self.base}/models", None, BRIEF)
        if _is_page(body):
            raise EngineError(self._no_server("it answers with a web page"))
        found = _parsed(body)
        models = found.get("data") if isinstance(found, dict) else None
        if not isinstance(models, list):
            raise EngineError(self._no_server("it lists no models"))
        return tuple(Served(str(one.get("id")), one.get("max_model_len")) for one in models if isinstance(one, dict))

    async def chat(self, body: Mapping[str, Any], timeout: float) -> Completion:
        """The one answer to a chat request. ``timeout``: seconds for the whole of it.

        Raises TryAgain, PromptTooLong, RequestFailed (refused for itself) or EngineError (wrong key or model).
        """
        sent = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        return _completion(_parsed(await self._ask("POST", f"{self.base}/chat/completions", sent, timeout)))

    async def tokens(self, text: str, model: str) -> int | None:
        """How many tokens a text is, by the server's tokenizer; None where it does not tell."""
        sent = json.dumps({"model": model, "prompt": text, "add_special_tokens": False}).encode()
        try:
            found = _parsed(await self._ask("POST", f"{self._root}/tokenize", sent, BRIEF))
        except (TryAgain, EngineError):
            return None
        count = found.get("count") if isinstance(found, dict) else None
        return count if isinstance(count, int) else None

    async def version(self) -> str | None:
        """The version of the server's software, where it tells."""
        try:
            found = _parsed(await self._ask("GET", f"{self._root}/version", None, BRIEF))
        except (TryAgain, EngineError):
            return None
        version = found.get("version") if isinstance(found, dict) else None
        return version if isinstance(version, str) else None

    async def healthy(self) -> bool:
        """It answers, and does not say that it is ill. A server that knows no /health is well."""
        try:
            answer = await self._transport.exchange("GET", f"{self._root}/health", None, BRIEF)
        except (Broken, Late):
            return False
        return answer.status < 500

    async def load(self) -> tuple[int, int] | None:
        """(requests running, requests waiting), from vLLM's metrics; None where there are none."""
        try:
            answer = await self._transport.exchange("GET", f"{self._root}/metrics", None, BRIEF)
        except (Broken, Late):
            return None
        text = answer.body.decode("utf-8", "replace")
        running, waiting = (re.findall(rf"^vllm:num_requests_{what}(?:{{[^}}]*}})? ([0-9.e+]+)$", text, re.MULTILINE)
                            for what in ("running", "waiting"))
        if answer.status != 200 or not running or not waiting:
            return None
        return round(sum(map(float, running))), round(sum(map(float, waiting)))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def _ask(self, method: str, url: str, body: bytes | None, timeout: float) -> bytes:
        try:
            answer = await self._transport.exchange(method, url, body, timeout)
        except Late as error:
            raise TimedOut(f"no answer in {timeout:.0f} seconds") from error
        except Broken as error:
            raise Unreachable(str(error)) from error
        if answer.status != 200:
            raise self._refusal(answer)
        return answer.body

    def _refusal(self, answer: Answer) -> Exception:
        """What a status that is not 200 means."""
        message = _message(answer)
        if answer.status in (429, 503):
            return Overloaded(f"the server answered {answer.status}: {message}", _seconds(answer.retry_after))
        if answer.status >= 500 or answer.status in TRY_AGAIN:
            return Faulty(f"the server answered {answer.status}: {message}")
        if answer.status in USELESS or answer.status < 400:
            return EngineError(self._useless(answer.status, message))
        if "maximum context length" in message or "input_tokens" in message:
            return PromptTooLong(message)
        return RequestFailed(f"the server refused the request ({answer.status}): {message}")

    def _useless(self, status: int, message: str) -> str:
        """Why nothing can be asked of this server."""
        if status in (401, 403) and self._options.api_key:
            return f"The model server at {self.base} does not take this API key; set the right one in DIGLOT_API_KEY."
        if status in (401, 403):
            return f"The model server at {self.base} asks for an API key; set it in DIGLOT_API_KEY."
        if 300 <= status < 400:
            return self._no_server(f"it answers {status} and sends on to another address")
        if status == 404 and "model" in message.lower():
            return (f"The model server at {self.base} does not serve the model ({message.rstrip('.')}); "
                    "choose one with --model.")
        return self._no_server(f"it answers {status}: {message}")

    def _no_server(self, why: str) -> str:
        way = "give the address of the server itself" if self.base.endswith("/v1") else f"perhaps it is {self._root}/v1"
        return f"{self.base} is not the base URL of a model server ({why}); {way}."


def base_of(url: str) -> str:
    """A base URL as it is used. Raises UsageError for one that is none."""
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not re.search(r"\s", url)
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise UsageError(f"“{url}” is no base URL; write it as http://host:8000/v1.")
    if parts.username is not None:
        raise UsageError("A base URL has no user name and no password; an API key goes into DIGLOT_API_KEY.")
    base = url.rstrip("/")
    for route in ROUTES:
        if base.endswith(route):
            raise UsageError(f"“{url}” is the address of one service; the base URL is {base.removesuffix(route)}.")
    return base


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise Faulty(f"the answer is no JSON: {body[:40]!r}") from error


def _completion(found: Any) -> Completion:
    """A chat completion with exactly one choice. Raises Faulty for anything else."""
    choices = found.get("choices") if isinstance(found, dict) else None
    if not isinstance(choices, list) or len(choices) != 1:
        raise Faulty(f"the answer has {len(choices) if isinstance(choices, list) else 'no'} choices")
    choice = choices[0]
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(message, dict):
        raise Faulty("the answer has no message")
    text = message.get("content")
    usage = cast("dict[str, Any]", found.get("usage") or {})
    return Completion(text if isinstance(text, str) else "", choice.get("finish_reason") == "length",
                      int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))


def _message(answer: Answer) -> str:
    """What the server says of a refusal, on one line."""
    try:
        found = json.loads(answer.body)
        error = found.get("error", found) if isinstance(found, dict) else found
        text = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    except ValueError:
        text = "a web page" if _is_page(answer.body) else answer.body[:400].decode("utf-8", "replace")
    plain = "".join(char if char.isprintable() else " " for char in str(text or "no reason given"))
    return " ".join(plain.split())[:300]


def _is_page(body: bytes) -> bool:
    return body.lstrip()[:1] == b"<"


def _seconds(retry_after: str) -> float:
    """Retry-After in seconds; its other form, a date, counts as none."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        return 0.0
