"""An engine that says what it is told to: for faults that no real engine can be made to show."""

from collections.abc import Callable, Sequence

from parsers.document import Content
from parsers.locales import Locale
from pipeline.engines import Draft, Request, Rung


class ScriptedEngine:
    """Answers each request through a function and remembers what it was asked."""

    name = "scripted"
    signature = "scripted/1"
    rungs = (Rung.FREE, Rung.DETERMINISTIC, Rung.PROJECTED)
    batch_size = 4
    multilingual = True

    def __init__(self, answer: Callable[[Request], Content | Draft], checks: frozenset[str] = frozenset({"codes"})) -> None:
        self.checks = checks
        self.asked: list[Request] = []
        self._answer = answer

    def prepare(self, source: Locale, target: Locale) -> None:
        """Every pair will do."""

    def translate(self, requests: Sequence[Request]) -> list[Draft]:
        self.asked += requests
        answers = [self._answer(request) for request in requests]
        return [answer if isinstance(answer, Draft) else Draft(answer) for answer in answers]
