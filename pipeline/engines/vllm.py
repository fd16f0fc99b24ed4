"""Any OpenAI-compatible server, made for vLLM serving Tencent HY-MT.

Each segment is one chat request. A window keeps the server full and no fuller, a breaker waits for a
server that has gone, and what cannot be helped is told: `RequestFailed` for one segment, `EngineError`
for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass, replace
from typing import Any

from parsers.document import Content, codes, content, has_letters, readable, text_of
from parsers.locales import Locale
from pipeline.engines import Context, Draft, Engine, EngineError, Request, RequestFailed, Rung, ServerOptions
from pipeline.engines.breaker import Breaker
from pipeline.engines.constraints import constraint
from pipeline.engines.pieces import bare, with_edges
from pipeline.engines.probing import constrains, first_answer, reached
from pipeline.engines.profiles import Profile, Shown, profile_named
from pipeline.engines.server import Completion, Overloaded, PromptTooLong, Server, TimedOut, TryAgain, Unreachable
from pipeline.engines.tokens import Tokens
from pipeline.engines.window import Window
from pipeline.sentences import chunks
from pipeline.verification import CHECKS

TRIES = 4
"""For one request; neither a server that has gone nor one that has too much to do counts any."""
SPARE_TRIES = 0.1
"""Second tries as a share of requests; beyond it they come late, so that trouble is not multiplied."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 20.0
"""Seconds before another try, doubled each time; a random part of it is waited (full jitter)."""

GROWTH, LARGE_GROWTH = 3, 8
"""Tokens of a translation for each of its source at most: in alphabets and Chinese characters, and in
scripts that vocabularies know little of."""
LARGE = frozenset({"my", "km", "bo", "ug", "te", "ta", "gu", "mr", "bn", "hi", "mn", "ur", "kk"})
LEAST_TOKENS = 32
TOKENS_PER_CODE = 5
"""``</s12>`` in common vocabularies."""
LONGEST_PIECE = 1000
"""Tokens of a source from which it is cut at its sentences: models lose the thread of longer ones."""
CONTEXT_LENGTH = 8192
"""Tokens of prompt and answer, where the server does not say; HY-MT's model cards advise no more."""
CONTEXT_SHARE = 0.25
"""Of the model's length for what stands around a segment."""
SURE = 0.6
"""Share of the model's length up to which an estimate of tokens is good enough; beyond it the server counts."""

LOOK, FIRST_LOOK = 0.5, 0.1
"""Seconds between two looks at the server's queue, and as long as it is not full."""
LOOKS = 5
"""In vain, after which a server is taken not to tell its queue."""
SENDING = 3
"""Turns of the event loop that it takes to send a request that was let in. An answer is looked at only then: of many
that come at once, each would keep the next request from the server for as long as it is checked."""
PER_TOKEN = 0.25
"""Seconds for each token of an answer (see `ServerOptions.answer_timeout`)."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What was found out about the server."""

    model: str
    length: int
    """Tokens of prompt and answer together."""
    profile: Profile
    constrains: bool
    """It obeys structured outputs."""


class VllmEngine(Engine):
    """Speaks to a model server in a profile's words."""

    name = "vllm"
    checks = frozenset(check.name for check in CHECKS)
    multilingual = True
    instructed = True
    remote = True
    appetite = 512

    def __init__(self, options: ServerOptions) -> None:
        self._options = options
        self._server = Server(options)
        self._profile = profile_named(options.profile, options.model) if options.profile or options.model else None
        self._known: _Known | None = None
        self._tokens = Tokens()
        self._requests = self._spare_tries = 0
        self._answered = self._lost = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def signature(self) -> str:
        """Engine, model and prompts; empty as long as the model's name is not known."""
        if self._profile is None:
            return ""
        model = self._known.model if self._known else self._options.model
        return f"vllm/{model}/{self._profile.name}-{self._profile.version}" if model else ""

    @property
    def rungs(self) -> tuple[Rung, ...]:  # type: ignore[override]
        """The constrained rung is there if the server obeys structured outputs."""
        constrained = (Rung.CONSTRAINED,) if self._known is None or self._known.constrains else ()
        return (Rung.FREE, Rung.DETERMINISTIC, *constrained, Rung.PROJECTED)

    async def prepare(self, source: Locale, target: Locale) -> None:
        """Refuse pairs that the model does not know; reach the server. Raises UnsupportedPair, EngineError."""
        self._belong()
        if self._profile is not None:
            self._profile.check(source, target)             # before anything is asked of a server
        async with self._preparing:
            if self._known is None or self._lost:
                self._known = await self._get_to_know()
                self._profile = self._known.profile
                self._breaker.reset()
                self._lost = False
            if self._watch is None:
                self._watch = asyncio.create_task(self._watch_queue())
        self._known.profile.check(source, target)

    async def translate(self, request: Request) -> Draft:
        """The draft for one segment: with less context if it is long, cut at sentences if it is too long."""
        if self._known is None or self._loop is not asyncio.get_running_loop():
            await self.prepare(request.source, request.target)
        fitting = self._fitting(request.context)
        if fitting is not request.context:
            request = replace(request, context=fitting)
        size = self._size_of(request.content)
        longest = min(LONGEST_PIECE, self._length // (2 * (1 + _growth(request.target))))
        if size > longest:
            pieces = self._pieces(request, longest)
            if len(pieces) > 1:
                return await self._in_pieces(request, pieces)
        with contextlib.suppress(PromptTooLong):
            return await self._whole(request)
        with contextlib.suppress(PromptTooLong):
            return await self._whole(replace(request, context=Context()))
        pieces = self._pieces(request, max(1, size // 2))
        if len(pieces) == 1:
            raise RequestFailed("the segment is longer than the model reads and has no place to be cut")
        return await self._in_pieces(request, pieces)

    async def hunger(self) -> None:
        """Returns when fewer requests wait than would fill the window twice."""
        self._belong()
        await self._window.hunger()

    async def aclose(self) -> None:
        """Close the connections and stop looking at the server."""
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
            self._watch = None
        if self._loop is not None:
            await self._breaker.aclose()
        await self._server.aclose()
        self._loop = None

    # -- what belongs to an event loop
    def _belong(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop = loop
            self._watch = None
            self._preparing = asyncio.Lock()
            self._window = Window(self._options.most_at_once)
            self._breaker = Breaker(self._server.healthy, self._options.patience)

    async def _watch_queue(self) -> None:
        """Look as long as there is something to see: a server that never tells is not asked for ever."""
        blind = 0
        while blind < LOOKS:
            await asyncio.sleep(FIRST_LOOK if self._window.opening else LOOK)
            load = await self._server.load()
            if load is not None:
                self._window.told(*load)
                blind = -1                                  # from now on silence means a restart
            elif blind >= 0:
                blind += 1

    # -- the server
    async def _get_to_know(self) -> _Known:
        server = self._server
        chosen = await first_answer(server, lambda: reached(server, self._options.model))
        return _Known(chosen.name, chosen.max_model_len or CONTEXT_LENGTH,
                      profile_named(self._options.profile, chosen.name),
                      await first_answer(server, lambda: constrains(server, chosen.name)))

    # -- one request
    async def _whole(self, request: Request) -> Draft:
        assert self._known is not None
        profile, shown = self._known.profile, Shown.of(request)
        messages = profile.messages(shown)
        prompt = "\n".join(message["content"] for message in messages)
        room = self._length - await self._counted(prompt)
        wanted = (LEAST_TOKENS + TOKENS_PER_CODE * len(codes(request.content))
                  + _growth(request.target) * self._tokens.estimate(text_of(request.content)))
        if room < wanted // 2:
            raise PromptTooLong("too little room for the answer")
        most = min(wanted, room, profile.most_tokens)
        body: dict[str, Any] = {            # no seed: one for each request slows vLLM's sampling and ends it on a CPU
            "model": self._known.model, "messages": messages, "max_tokens": most,
            **profile.sampling(request.rung, tagged=shown.tagged)}
        if request.priority:
            body["priority"] = request.priority
        if request.rung is Rung.CONSTRAINED:
            terms = tuple(term.target for term in request.terms if term.firm)
            held = constraint(request.content, profile.dialect, profile.wrapping(shown), terms, request.target)
            if held is not None:
                body["structured_outputs"] = held
        try:
            answer = await self._asked(body, most, request.priority)
        except RequestFailed:
            raise
        except EngineError:
            self._lost = True           # it may be another one, or serve another model, when it is asked for next
            raise
        self._tokens.learn(prompt, answer.prompt_tokens)
        return Draft(profile.answer(answer.text, shown), answer.truncated)

    async def _asked(self, body: dict[str, Any], tokens: int, priority: int) -> Completion:
        """The answer to one request, asked again where that may help. Raises RequestFailed or EngineError."""
        self._requests += 1
        tries, deadline = 0, time.monotonic() + self._options.patience
        timeout = self._options.answer_timeout + PER_TOKEN * tokens
        while True:
            trial = await self._breaker.passed()
            try:
                async with self._window.place(tokens, priority):
                    answer = await self._server.chat(body, timeout)
            except TryAgain as error:
                counts = await self._counts(error)
                tries += counts
                if tries >= TRIES or (isinstance(error, Overloaded) and time.monotonic() > deadline):
                    if not self._answered:
                        base = self._server.base
                        raise EngineError(f"The model server at {base} answers nothing: {error}.") from error
                    raise RequestFailed(f"{error}, again and again") from error
                pause = max(min(error.retry_after, self._options.patience), self._pause(tries, counts=counts))
            except (PromptTooLong, RequestFailed):
                self._breaker.succeeded()
                raise
            else:
                self._breaker.succeeded()
                self._window.succeeded()
                self._answered = True
                for _ in range(SENDING):
                    await asyncio.sleep(0)
                return answer
            finally:
                self._breaker.returned(trial=trial)
            await asyncio.sleep(pause)

    async def _counts(self, error: TryAgain) -> bool:
        """Tell window and breaker of a failure; True if it is a try of the request's own."""
        if isinstance(error, Unreachable) and await self._breaker.gone():
            return False
        if isinstance(error, Overloaded | TimedOut):
            self._window.overloaded()
        return not isinstance(error, Overloaded) and self._breaker.failed()

    def _pause(self, tries: int, *, counts: bool) -> float:
        """Seconds before another try: at random up to a limit that doubles with each."""
        self._spare_tries += counts
        longest = min(FIRST_PAUSE * 2 ** max(0, tries - 1), LONGEST_PAUSE)
        if self._spare_tries > 10 + SPARE_TRIES * self._requests:
            longest = LONGEST_PAUSE
        return random.uniform(0, longest)  # noqa: S311 - spreads load, keeps no secret

    # -- lengths
    @property
    def _length(self) -> int:
        return min(self._known.length, CONTEXT_LENGTH) if self._known else CONTEXT_LENGTH

    async def _counted(self, prompt: str) -> int:
        """Tokens of a prompt: estimated while it is far from the limit, then counted by the server."""
        estimate = self._tokens.estimate(prompt)
        if estimate < SURE * self._length:
            return estimate
        assert self._known is not None
        counted = await self._server.tokens(prompt, self._known.model)
        return estimate if counted is None else counted

    def _fitting(self, context: Context) -> Context:
        """The context within its budget: the farthest neighbours go first, then the siblings."""
        budget = int(CONTEXT_SHARE * self._length)
        if self._size(context) <= budget:
            return context
        while context.previous and self._size(context) > budget:
            context = replace(context, previous=context.previous[1:])
        while context.siblings and self._size(context) > budget:
            context = replace(context, siblings=context.siblings[:-1])
        return context if self._size(context) <= budget else Context()

    def _size(self, context: Context) -> int:
        around = (*context.headings, *context.previous, context.header, *context.siblings)
        return self._tokens.estimate(" ".join(around))

    def _pieces(self, request: Request, size: int) -> tuple[Content, ...]:
        return chunks(request.content, request.source.language, size, self._size_of)

    def _size_of(self, items: Content) -> int:
        """Tokens of a content as the model sees it, about."""
        return self._tokens.estimate(text_of(items)) + TOKENS_PER_CODE * len(codes(items))

    async def _in_pieces(self, request: Request, pieces: tuple[Content, ...]) -> Draft:
        """A long segment, translated in pieces of whole sentences; each has the one before as context."""
        asked: list[Request] = []
        for at, piece in enumerate(pieces):
            before = (*request.context.previous, *((readable(pieces[at - 1]),) if at else ()))[-1:]
            text = readable(piece).casefold()
            asked.append(replace(
                request, content=bare(piece), context=replace(request.context, previous=before),
                terms=tuple(term for term in request.terms if term.source.casefold() in text)))
        drafts = await asyncio.gather(*(self.translate(one) for one in asked if has_letters(text_of(one.content))))
        answers = iter(drafts)
        joined = [part for piece, one in zip(pieces, asked, strict=True) for part in
                  (with_edges(piece, next(answers).content) if has_letters(text_of(one.content)) else piece)]
        return Draft(content(joined), any(draft.truncated for draft in drafts))


def _growth(target: Locale) -> int:
    return LARGE_GROWTH if target.language in LARGE else GROWTH
