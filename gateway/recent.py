"""What was made with some effort and is likely to be asked for again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

MOST_KEPT = 4
"""People look at one page of a document after the other."""


class Recent(Generic[Value]):
    """The last few values, by a key. Any number of threads may ask."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], tuple[Value, bool]]) -> Value:
        """The value of a key. ``make`` makes it if it is not kept, and says whether it is worth keeping."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        value, keep = make()
        with self._lock:
            if keep:
                self._kept[key] = value
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return value
