"""The command line with engines that misbehave. A program of its own, so that the processes of a pool,
which import it again, have the same engines."""

import os
import signal
import time

import pipeline.engines
from diglot.cli import main
from parsers.document import text_of
from pipeline.engines import Draft, EngineEntry, EngineError, Request
from pipeline.engines.trial import EchoEngine


class Hindered(EchoEngine):
    appetite = 1

    async def translate(self, request: Request) -> Draft:
        self.hinder(text_of(request.content))
        return await super().translate(request)

    def hinder(self, text: str) -> None:
        raise NotImplementedError


class Slow(Hindered):
    def hinder(self, text: str) -> None:
        time.sleep(0.3)


class Defective(Hindered):
    def hinder(self, text: str) -> None:
        if "poison" in text:
            raise ZeroDivisionError("secret text of the document")


class Panicking(Hindered):
    """Errors of native code that are no Exception, as those of Rust libraries."""

    def hinder(self, text: str) -> None:
        if "poison" in text:
            raise type("PanicException", (BaseException,), {})("secret text of the document")


class Deadly(Hindered):
    def hinder(self, text: str) -> None:
        if "poison" in text:
            os.kill(os.getpid(), signal.SIGKILL)


class Silent(Hindered):
    def hinder(self, text: str) -> None:
        if "poison" in text:
            raise EngineError("The engine has stopped answering.")


pipeline.engines.ENGINES += tuple(EngineEntry(kind.__name__.lower(), "", f"{__name__}:{kind.__name__}")
                                  for kind in (Slow, Defective, Panicking, Deadly, Silent))

if __name__ == "__main__":
    main()
