"""The routes of an OpenAI-compatible server, as vLLM answers them."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.servers.scripted.answers import Asked, tokens, translation
from tests.servers.scripted.batching import Account, Batch, Sequence, Speed
from tests.servers.scripted.faults import ANSWERS, Fault, Schedule
from tests.servers.scripted.http import Call, Connection, framed

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
CHAT, CHATS, TEXTS = "/v1/chat/completions", "/v1/chat/completions/batch", "/v1/completions"


@dataclass(slots=True)
class Settings:
    """What kind of server it is."""

    speed: Speed = field(default_factory=Speed)
    schedule: Schedule = field(default_factory=Schedule)
    model: str = "scripted"
    max_model_len: int = 8192
    api_key: str = ""
    most_waiting: int = 0
    """Waiting sequences from which 503 is answered (``--max-num-queued-reqs``); 0: no limit."""
    structured_outputs: bool = True
    """False: constraints are accepted and ignored."""
    tokenize: bool = True
    """False: there is no ``/tokenize``, as with other servers."""
    metrics: bool = True
    answer: Callable[[Asked], str] = translation


@dataclass(slots=True)
class Answer:
    """The texts that one request waits for."""

    call: Call
    chat: bool
    fault: Fault | None
    prompts: list[str]
    texts: list[str]
    budget: int
    """Tokens of one text at most."""
    sequences: list[Sequence] = field(default_factory=list)
    open: int = 0


class Service:
    """Takes calls, gives their prompts to the batch and answers when their texts are done."""

    def __init__(self, loop: asyncio.AbstractEventLoop, settings: Settings) -> None:
        self.settings = settings
        self.connections: set[Connection] = set()
        self.restart: Callable[[], None] = lambda: None
        """Set by whoever listens."""
        self._loop = loop
        self._batch = Batch(loop, settings.speed)
        self._routes: dict[str, Callable[[Call], None]] = {
            CHAT: self._generate, CHATS: self._generate, TEXTS: self._generate, "/v1/models": self._models,
            "/tokenize": self._tokenize, "/health": lambda call: call.answer(b""), "/version": self._version,
            "/metrics": self._metrics, "/_stats": lambda call: call.answer_json(self.stats()), "/_reset": self._reset}
        self._clear()

    def _clear(self) -> None:
        self._requests: Counter[str] = Counter()
        self._faults: Counter[str] = Counter()
        self._segments = self._prompt_tokens = self._answer_tokens = self._left = 0

    def handle(self, call: Call) -> None:
        """Answer one call, now or later."""
        self._requests[call.path] += 1
        route = self._routes.get(call.path)
        key = self.settings.api_key
        if route is None:
            call.answer_json({"detail": "Not Found"}, 404)
        elif key and call.path.startswith("/v1") and call.header("authorization") != f"Bearer {key}":
            call.answer_json({"error": "Unauthorized"}, 401)
        else:
            route(call)

    def stats(self) -> dict[str, Any]:
        """What has come and how busy the batch has been, since the last reset."""
        return {"requests": dict(self._requests), "faults": dict(self._faults), "segments": self._segments,
                "prompt_tokens": self._prompt_tokens, "answer_tokens": self._answer_tokens, "left": self._left,
                "running": self._batch.running, "waiting": self._batch.waiting, "most_running": self._batch.account.most_running,
                "tokens_per_s": self.settings.speed.tokens_per_s, "busy": self._batch.busy(), "filled_after_s": self._batch.filled_after(),
                "tokens": self._batch.account.tokens, "at": self._batch.account.last_token.at, "steady": self._batch.steady()}

    def reset(self) -> None:
        """Count from nothing again."""
        self._clear()
        self._batch.account = Account()

    def _reset(self, call: Call) -> None:
        self.reset()
        call.answer(b"{}")

    # ---- generation ------------------------------------------------------------------------
    def _generate(self, call: Call) -> None:
        ordinal = sum(self._requests[path] for path in (CHAT, CHATS, TEXTS)) - 1
        body = json.loads(call.body)
        prompts = prompts_of(call.path, body)
        if refusal := self._refusal(body, prompts):
            status, message = refusal
            call.answer_json({"error": {"message": message, "type": REFUSED[status], "code": status}}, status)
            return
        fault = self.settings.schedule.next(ordinal, prompts[0])
        if fault is not None:
            self._faults[fault] += 1
        if fault is None or fault in ANSWERS or fault in LATE:
            self._start(call, body, prompts, fault)
        else:
            self._fail(call, fault)

    def _refusal(self, body: dict[str, Any], prompts: list[str]) -> tuple[int, str] | None:
        settings = self.settings
        if body.get("model", settings.model) != settings.model:
            return 404, f"The model `{body['model']}` does not exist."
        longest = max(map(tokens, prompts))
        if longest + (body.get("max_tokens") or 1) > settings.max_model_len:
            return 400, (f"This model's maximum context length is {settings.max_model_len} tokens. However, you requested "
                         f"{body.get('max_tokens') or 0} output tokens and your prompt contains at least {longest} input tokens.")
        if settings.most_waiting and self._batch.waiting >= settings.most_waiting:
            return 503, "The server has too many requests waiting."
        return None

    def _start(self, call: Call, body: dict[str, Any], prompts: list[str], fault: Fault | None) -> None:
        constraint = body.get("structured_outputs") or {} if self.settings.structured_outputs else {}
        say = self.settings.answer if fault is None else ANSWERS.get(fault, self.settings.answer)
        texts = [say(Asked(prompt, constraint)) for prompt in prompts]
        answer = Answer(call, call.path != TEXTS, fault, prompts, texts, body.get("max_tokens") or 1 << 30)
        answer.open = len(prompts)
        self._segments += len(prompts)

        def done() -> None:
            answer.open -= 1
            if not answer.open:
                self._finish(answer)

        def gone() -> None:
            self._count_left()
            for sequence in answer.sequences:
                self._batch.drop(sequence)

        call.gone = gone
        for prompt, text in zip(prompts, texts, strict=True):
            answer.sequences.append(Sequence(tokens(prompt), min(tokens(text), answer.budget), body.get("priority") or 0, done))
        for sequence in answer.sequences:
            self._batch.submit(sequence)

    def _count_left(self) -> None:
        self._left += 1

    def _finish(self, answer: Answer) -> None:
        choices: list[dict[str, Any]] = []
        used = 0
        for index, text in enumerate(answer.texts):
            length = tokens(text)
            cut = length > answer.budget
            kept = text[:len(text) * answer.budget // length] if cut else text
            used += min(length, answer.budget)
            said = {"message": {"role": "assistant", "content": kept}} if answer.chat else {"text": kept}
            reason = "length" if cut or answer.fault is Fault.LENGTH else "stop"
            choices.append({"index": index, **said, "finish_reason": reason})
        asked = sum(map(tokens, answer.prompts))
        self._prompt_tokens += asked
        self._answer_tokens += used
        body: dict[str, Any] = {
            "id": "scripted", "object": "chat.completion" if answer.chat else "text_completion", "created": 0,
            "model": self.settings.model, "choices": choices,
            "usage": {"prompt_tokens": asked, "completion_tokens": used, "total_tokens": asked + used}}
        self._send(answer.call, body, answer.fault)

    def _send(self, call: Call, body: dict[str, Any], fault: Fault | None) -> None:
        if fault is Fault.NO_CHOICES:
            del body["choices"]
        elif fault is Fault.EMPTY_CHOICES:
            body["choices"] = []
        elif fault is Fault.WRONG_COUNT:
            body["choices"] = body["choices"][1:] or body["choices"] * 2
        data = json.dumps(body).encode()
        if fault is Fault.TRUNCATED_JSON:
            data = data[:len(data) // 2]
        whole = framed(data)
        if fault is Fault.RESET:
            call.connection.send(whole[:len(whole) - len(data) // 2])
            self._loop.call_later(0.01, call.connection.reset)
        elif fault is Fault.DRIP:
            self._drip(call, whole, 0)
        else:
            call.connection.send(whole)
            call.connection.finish()

    def _drip(self, call: Call, data: bytes, at: int) -> None:
        call.connection.send(data[at:at + 1])
        if at + 1 < len(data):
            self._loop.call_later(self.settings.schedule.drip_s, self._drip, call, data, at + 1)
        else:
            call.connection.finish()

    def _fail(self, call: Call, fault: Fault) -> None:
        if fault is Fault.HANG:
            call.gone = self._count_left
        elif fault is Fault.RESTART:
            self.restart()
        elif fault is Fault.HTML:
            call.answer(HTML, kind="text/html")
        else:
            status = int(fault.removeprefix("status_"))
            extra = f"retry-after: {self.settings.schedule.retry_after_s:g}\r\n" if fault is Fault.STATUS_429 else ""
            call.answer_json({"error": {"message": "out of order", "type": "ServerError", "code": status}}, status, extra)

    # ---- the rest --------------------------------------------------------------------------
    def _models(self, call: Call) -> None:
        call.answer_json({"object": "list", "data": [{
            "id": self.settings.model, "object": "model", "owned_by": "vllm", "max_model_len": self.settings.max_model_len}]})

    def _version(self, call: Call) -> None:
        call.answer_json({"version": "scripted"})

    def _tokenize(self, call: Call) -> None:
        if not self.settings.tokenize:
            call.answer_json({"detail": "Not Found"}, 404)
            return
        body = json.loads(call.body)
        text = body.get("prompt") or "\n".join(message["content"] for message in body.get("messages", ()))
        call.answer_json({"count": tokens(text), "max_model_len": self.settings.max_model_len,
                          "tokens": list(range(tokens(text)))})

    def _metrics(self, call: Call) -> None:
        if not self.settings.metrics:
            call.answer_json({"detail": "Not Found"}, 404)
            return
        label = f'{{engine="0",model_name="{self.settings.model}"}}'
        batch = self._batch
        rows = {"vllm:num_requests_running": batch.running, "vllm:num_requests_waiting": batch.waiting,
                "vllm:kv_cache_usage_perc": batch.running / self.settings.speed.slots,
                "vllm:prompt_tokens_total": self._prompt_tokens, "vllm:generation_tokens_total": self._answer_tokens}
        text = "".join(f"# TYPE {name.removesuffix('_total')} gauge\n{name}{label} {float(value)}\n" for name, value in rows.items())
        call.answer(text.encode(), kind="text/plain; version=0.0.4")


LATE = {Fault.DRIP, Fault.RESET, Fault.TRUNCATED_JSON, Fault.NO_CHOICES, Fault.EMPTY_CHOICES, Fault.WRONG_COUNT}
"""Faults that show after the work has been done."""
REFUSED = {400: "BadRequestError", 404: "NotFoundError", 503: "ServiceUnavailableError"}


def prompts_of(path: str, body: dict[str, Any]) -> list[str]:
    """The prompts of a request, the messages of a chat joined."""
    if path == TEXTS:
        prompt = body["prompt"]
        return [prompt] if isinstance(prompt, str) else list(prompt)
    chats = body["messages"] if path == CHATS else [body["messages"]]
    return ["\n\n".join(message["content"] for message in chat) for chat in chats]
