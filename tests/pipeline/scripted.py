"""An engine that says what it is told to: for faults that no real engine can be made to show."""

from collections.abc import Callable

from parsers.document import Content
from pipeline.engines import Draft, Engine, Request, Rung


class ScriptedEngine(Engine):
    """Answers each request through a function and remembers what it was asked."""

    name = "scripted"
    signature = "scripted/1"
    rungs = (Rung.FREE, Rung.DETERMINISTIC, Rung.PROJECTED)
    appetite = 4
    multilingual = True

    def __init__(self, answer: Callable[[Request], Content | Draft], checks: frozenset[str] = frozenset({"codes"})) -> None:
        self.checks = checks
        self.asked: list[Request] = []
        self._answer = answer

    async def translate(self, request: Request) -> Draft:
        self.asked.append(request)
        answer = self._answer(request)
        return answer if isinstance(answer, Draft) else Draft(answer)
