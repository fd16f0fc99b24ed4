"""Parts of addresses."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor


class Part(Convertor[str]):
    """A part of a path without a verb: of ``/v1/translations/x:cancel`` nobody is called ``x:cancel``."""

    regex = "[^/:]+"

    def convert(self, value: str) -> str:
        """As it is."""
        return value

    def to_string(self, value: str) -> str:
        """As it is."""
        return value


register_url_convertor("part", Part())
PART = "part"
"""``{id:part}`` in the path of a route."""
