"""Standard streams, also those that whoever started Diglot has closed."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import BinaryIO, NoReturn

STREAMS = ("stdin", "stdout", "stderr")
"""By the number that the system gives them."""


class Closed(io.TextIOBase):
    """A standard stream that is closed: whoever would read or write it is told so, by a UsageError."""

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def buffer(self) -> BinaryIO:
        """Nothing."""
        self._refuse()

    def read(self, _: int | None = -1, /) -> str:
        """Nothing."""
        self._refuse()

    def write(self, _: str, /) -> int:
        """Nothing."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        from parsers.errors import UsageError

        raise UsageError(f"Standard {self._name.removeprefix('std')}put is closed.")


def stand_in() -> None:
    """Put something in the place of closed streams. Their numbers are taken, here and in processes that are started:
    a file that is opened later would get them, and what was meant for the stream. Without standard error nothing is
    told, and the exit code says all."""
    for number, name in enumerate(STREAMS):
        if getattr(sys, name) is None:
            try:
                os.fstat(number)
            except OSError:
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)    # noqa: FBT003 - the lowest free number
            setattr(sys, name, Closed(name) if name != "stderr" else Path(os.devnull).open("w"))  # noqa: SIM115 - stays
