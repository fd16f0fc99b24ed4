"""The embedded engine's share of the machine: threads, and models in memory."""

import asyncio
from types import SimpleNamespace

import pytest

from parsers.locales import Locale
from pipeline.engines import Request, embedded
from pipeline.engines.embedded import MOST_MODELS, EmbeddedEngine

EN = Locale.parse("en")


@pytest.fixture
def loaded(monkeypatch):
    """Which models are loaded; each answers with its target language, and is forgotten afterwards."""
    found: list[str] = []

    def load(source: str, target: str) -> SimpleNamespace:
        found.append(target)
        return SimpleNamespace(translate_long=lambda text: f"{target} {text}")

    monkeypatch.setattr(embedded, "_load", load)
    monkeypatch.setattr(embedded, "cores", lambda: 8)
    embedded._threads.cache_clear()
    yield found
    embedded._threads.cache_clear()


def asked(engine: EmbeddedEngine, *targets: str) -> list[str]:
    async def one_after_the_other() -> list[str]:
        return [str((await engine.translate(Request(("Words",), EN, Locale.parse(target)))).content[0]) for target in targets]

    return asyncio.run(one_after_the_other())


def test_a_thread_forgets_the_models_that_it_used_least_lately(loaded):
    engine = EmbeddedEngine()
    engine.among(8)
    targets = ["de", "fr", "es"]
    assert len(targets) == MOST_MODELS
    assert asked(engine, *targets, *targets) == ["de Words", "fr Words", "es Words"] * 2
    assert loaded == targets
    engine = EmbeddedEngine()                               # without the answers that the other one remembers
    engine.among(8)
    assert asked(engine, "it", "es", "de") == ["it Words", "es Words", "de Words"]
    assert loaded == [*targets, "it", "de"]


@pytest.mark.parametrize(("processes", "threads"), [(1, embedded.MOST_THREADS), (4, 2), (8, 1), (100, 1)])
def test_processes_of_one_machine_share_its_cores(loaded, processes, threads):
    engine = EmbeddedEngine()
    engine.among(processes)

    async def all_at_once() -> None:
        await asyncio.gather(*(engine.translate(Request((f"Words {n}",), EN, Locale.parse("de"))) for n in range(50)))

    asyncio.run(all_at_once())
    assert 1 <= len(loaded) <= threads                      # each thread that has done something has a model
