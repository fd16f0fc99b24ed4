"""Forms with a file, read as they come: of the file only a little is ever in memory, of the fields there are few."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, cast

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from gateway.names import display_name
from gateway.problems import INVALID, UNSUPPORTED_MEDIA, Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FILE = "file"
"""The field that is a file."""
IN_MEMORY = 1 << 20
"""Bytes of a file from which on it lies on the disk, without a name, until the request ends."""
MOST_FIELDS = 500
FIELD_BYTES = 64 << 10
"""Of all fields but the file together."""
PIECE = 1 << 20
TOGETHER = 256 << 10
"""Bytes that are written at once: each time costs a change of threads, and they come in pieces of 64 KB at most."""


@dataclass(slots=True)
class Form:
    """What a form said."""

    file: BinaryIO
    """From its beginning to its end; whoever reads it goes back to its beginning first."""
    name: str = ""
    """Of the file, fit for display; empty if no file came."""
    fields: dict[str, list[str]] = field(default_factory=dict)

    def pieces(self) -> Iterator[bytes]:
        """The file from its beginning."""
        self.file.seek(0)
        while piece := self.file.read(PIECE):
            yield piece

    def one(self, name: str) -> str | None:
        """The value of a field that may come once. Raises Refused."""
        values = self.fields.get(name, [])
        if len(values) > 1:
            raise Refused(INVALID, f"The field {name} came {len(values)} times; send it once.")
        return values[0] if values else None


@asynccontextmanager
async def received(request: Request) -> AsyncIterator[Form]:
    """The form of a request; its file is gone at the end of the block, whatever happens.

    Raises Refused for what is no such form, or is too much of one.
    """
    kind, values = parse_options_header(request.headers.get("content-type"))
    boundary = values.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Refused(UNSUPPORTED_MEDIA, "Send a form: multipart/form-data, with the document as its field “file”.")
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        form = Form(cast("BinaryIO", file))
        reader = _Reader(form)
        try:
            parser = MultipartParser(boundary, reader.callbacks())
            async for piece in request.stream():
                parser.write(piece)
                if reader.unwritten >= TOGETHER:
                    await run_in_threadpool(reader.write)
            await run_in_threadpool(reader.write)
        except ClientDisconnect as error:
            raise Refused(INVALID, "The upload broke off.") from error
        except FormParserError as error:
            raise Refused(INVALID, "The body is no well-formed multipart/form-data.") from error
        if not reader.ended:
            raise Refused(INVALID, "The upload broke off: the form has no end.")
        if not form.name:
            raise Refused(INVALID, "The form has no field “file”.")
        yield form


class _Reader:
    """Hears the parser. Fields are kept, pieces of the file wait to be written."""

    def __init__(self, form: Form) -> None:
        self._form = form
        self.unwritten = 0
        self._heard: list[bytes] = []
        self.ended = False
        self._header, self._value = b"", b""
        self._field: str | None = None
        self._text = bytearray()
        self._size = self._count = 0

    def callbacks(self) -> MultipartCallbacks:
        """For the parser."""
        return {"on_part_begin": self._begin, "on_part_data": self._data, "on_part_end": self._end,
                "on_header_field": self._header_field, "on_header_value": self._header_value,
                "on_header_end": self._header_end, "on_headers_finished": self._headers, "on_end": self._finish}

    def write(self) -> None:
        """Write what waits."""
        pieces, self._heard, self.unwritten = self._heard, [], 0
        for piece in pieces:
            self._form.file.write(piece)

    def _begin(self) -> None:
        self._count += 1
        if self._count > MOST_FIELDS:
            raise Refused(INVALID, f"The form has more than {MOST_FIELDS} fields.")
        self._field, self._disposition, self._text = None, b"", bytearray()
        self._header, self._value = b"", b""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header, self._value = b"", b""

    def _headers(self) -> None:
        kind, values = parse_options_header(self._disposition)
        name = values.get(b"name")
        if kind != b"form-data" or name is None:
            raise Refused(INVALID, "A part of the form has no name.")
        self._field = _text(name, "The name of a field")
        if self._field == FILE:
            if self._form.name:
                raise Refused(INVALID, "The form has several files; send one with each request.")
            self._form.name = display_name(values.get(b"filename", b"").decode("utf-8", "replace"))
        else:
            self._weigh(len(name))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field == FILE:
            self._heard.append(data[start:end])
            self.unwritten += end - start
        else:
            self._weigh(end - start)
            self._text += data[start:end]

    def _end(self) -> None:
        if self._field is not None and self._field != FILE:
            value = _text(bytes(self._text), "A field of the form")
            self._form.fields.setdefault(self._field, []).append(value)

    def _finish(self) -> None:
        self.ended = True

    def _weigh(self, size: int) -> None:
        self._size += size
        if self._size > FIELD_BYTES:
            raise Refused(INVALID, f"The fields of the form have more than {FIELD_BYTES >> 10} KB together.")


def _text(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused(INVALID, f"{what} is not in UTF-8.") from error
