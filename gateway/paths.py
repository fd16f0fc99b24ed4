"""Parts of addresses."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
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

JobId = Annotated[str, Path(json_schema_extra={
    "format": "uuid", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"})]
"""The id of a job. What is none is not refused but not found, as every other that is not the caller's."""
