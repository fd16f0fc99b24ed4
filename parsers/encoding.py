"""bytes → text → bytes for the text formats, byte-exact for everything that is not changed.

A byte that is no text in the document's encoding stands in the decoded text as one lone
surrogate, U+DC00 plus the byte (the idea of PEP 383, for all 256 values). `Decoded.encode`
turns it back into that byte. Parsers keep such characters away from engines: see `ESCAPED`.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import webencodings
from turbohtml import detect

from parsers.errors import TooLarge, UndecodableText
from parsers.options import Limits

ESCAPED = re.compile("[\udc00-\udcff]+")
"""Bytes that could not be decoded, as they stand in `Decoded.text`."""

_SURROGATES = re.compile("[\ud800-\udfff]")

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF32_LE, "utf-32-le"), (codecs.BOM_UTF32_BE, "utf-32-be"),
         (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
"""Byte-order marks; UTF-32 before UTF-16, whose little-endian mark it begins with."""

_INSTEAD = {"utf-16le": "utf-8", "utf-16be": "utf-8", "gbk": "gb18030"}
"""Encodings of the web → what their documents are read as: a declared UTF-16 cannot be true of bytes in
which the declaration could be read (HTML §13.2.3.2); GB 18030 holds all of GBK."""

_UNREAL = ("replacement", "x-user-defined")
"""Encodings of the standard that are none; Python may know the label as a real one."""

_NOT_TEXT = frozenset({"base64", "hex", "quopri", "rot13", "uu", "zlib", "bz2", "idna", "punycode", "unicode_escape",
                       "raw-unicode-escape", "undefined", "utf-7", "utf-32", "utf-16", "mbcs", "oem"})
"""Python codecs that are no encodings of web pages; the browsers dropped UTF-7 for its security holes."""

_STATEFUL = frozenset({"iso2022_jp", "iso2022_kr", "hz"})

_SIGNATURES = ((b"%PDF-", "a PDF file"), (b"PK\x03\x04", "a zip archive or an Office document"),
               (b"\x89PNG\r\n", "a PNG picture"), (b"\xff\xd8\xff", "a JPEG picture"), (b"GIF8", "a GIF picture"),
               (b"\x1f\x8b", "a gzip archive"), (b"\x7fELF", "a program"), (b"SQLite format 3\0", "a database"),
               (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old or encrypted Office document"),
               (b"{\\rtf", "a Rich Text file"), (b"RIFF", "an audio, video or picture file"),
               (b"7z\xbc\xaf", "an archive"))
"""First bytes of files that are often misnamed, for a sentence that says what they are."""

_PRESCAN = 64 << 10
"""Bytes in which a declaration is looked for. Browsers prescan 1,024 and restart on a later one."""

_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]*?\sencoding\s*=\s*[\"']\s*([\w.:+-]+)")
_META = re.compile(rb"<!--.*?(?:-->|\Z)|<meta(?=[\s/])((?:[^>\"']|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)

_CONTROLS = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\udc00-\udcff]")
_NON_ASCII = re.compile("[^\0-\x7f]")

_SUSPECT_SHARE = 0.05
"""Random bytes read as windows-1252 hold 10 % of control characters, texts next to none."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and what is needed to write it back."""

    text: str
    """Without the byte-order mark; line ends as they are."""
    codec: str
    """The Python name of the encoding."""
    bom: bytes = b""
    declared: str | None = None
    """The label by which the document itself names its encoding, if any."""

    def read(self, data: bytes) -> str:
        """The text of other bytes, such as an output, in the same encoding; its mark must be there.

        Raises UndecodableText if the mark is another.
        """
        if not data.startswith(self.bom):
            raise UndecodableText("The byte-order mark is not that of the source.")
        return _exact(data[len(self.bom):], self.codec)

    def encode(self, text: str) -> bytes:
        """The bytes of a text: ``decoded.encode(decoded.text)`` are the bytes that were decoded.

        Characters that the encoding lacks become numeric character references, which both
        HTML and Markdown read.
        """
        try:
            return self.bom + text.encode(self.codec)
        except UnicodeEncodeError:
            return self._encode_piecewise(text)

    def _encode_piecewise(self, text: str) -> bytes:
        out = [self.bom]
        at = 0
        for match in ESCAPED.finditer(text):
            out += (_encode(text[at:match.start()], self.codec), bytes(ord(char) - 0xDC00 for char in match[0]))
            at = match.end()
        out.append(_encode(text[at:] if at else text, self.codec))
        return b"".join(out)


def decode(data: bytes, *, html: bool = False, limits: Limits | None = None) -> Decoded:
    """Read a document's bytes: byte-order mark, declaration (if ``html``), UTF-8, then a guess.

    A declaration or UTF-8 that most of the text obeys is kept, whatever a few bytes say.
    Raises TooLarge over ``limits.text_bytes`` and UndecodableText for what is no text.
    """
    _check_size(data, (limits or Limits()).text_bytes)
    for bom, marked in _BOMS:
        if data.startswith(bom):
            return _sound(Decoded(_exact(data[len(bom):], marked), marked, bom), data)
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise UndecodableText(f"This is no text but {name}; rename it or convert it first.")
    wide = _wide(data)
    if wide:
        return _sound(Decoded(_exact(data, wide), wide), data)
    label = _declared(data) if html else None
    codec = codec_of(label) if label else None
    shifts = "iso2022_jp" if b"\x1b$" in data else None
    for candidate in dict.fromkeys((codec, shifts, "utf-8")):
        if candidate and (fitting := _mostly(data, candidate)) is not None:
            return _sound(Decoded(fitting, candidate, declared=label), data)
    guess = _guess(data)
    return _sound(Decoded(_exact(data, guess), guess, declared=label), data)


def codec_of(label: str) -> str | None:
    """The Python codec for a label as HTML writes it (WHATWG Encoding Standard §4.2), or None."""
    name = label.strip().lower()
    known = webencodings.lookup(name)
    if known is None or known.name in _UNREAL:
        try:
            found = codecs.lookup(name).name
        except (LookupError, ValueError):
            return None
        if found in _NOT_TEXT or name in _NOT_TEXT:
            return None
        known = webencodings.lookup(found)
        if known is None or known.name in _UNREAL:
            return found
    return _INSTEAD.get(known.name, known.codec_info.name)


def sound(text: str) -> str:
    """A text from outside without lone surrogates, which could be taken for undecodable bytes."""
    return _SURROGATES.sub("\ufffd", text) if _SURROGATES.search(text) else text


def _check_size(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise TooLarge(f"The text has {len(data):,} bytes; the limit is {limit:,}. Split it or raise the limit.")


def _sound(decoded: Decoded, data: bytes) -> Decoded:
    """The decoded text if it is one. Raises UndecodableText for binary data."""
    suspect = len(_CONTROLS.findall(decoded.text))
    if suspect > 8 and suspect > _SUSPECT_SHARE * len(data):
        raise UndecodableText("This is no text: too many of its bytes are no characters in any encoding that fits it; "
                              "save it as UTF-8.")
    return decoded


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: ASCII text in it has a NUL as every second byte."""
    head = data[:4096]
    if len(head) < 4 or len(data) % 2 or b"\0" not in head:
        return None
    even, odd = head[::2], head[1::2]
    if odd.count(0) >= 0.7 * len(odd) and even.count(0) <= 0.05 * len(even):
        return "utf-16-le"
    if even.count(0) >= 0.7 * len(even) and odd.count(0) <= 0.05 * len(odd):
        return "utf-16-be"
    return None


def _declared(data: bytes) -> str | None:
    """The encoding that an HTML document names, by XML declaration or the first ``meta`` that names one."""
    head = data[:_PRESCAN]
    xml = _XML_DECLARATION.match(head)
    if xml:
        return xml[1].decode("ascii", "replace")
    for meta in _META.finditer(head):
        charset = _CHARSET.search(meta[1] or b"")
        if charset:
            return charset[1].decode("ascii", "replace")
    return None


def _guess(data: bytes) -> str:
    """The legacy encoding whose letter pairs fit best, the untrue declaration left aside."""
    telling = b"\n".join(line for line in data.splitlines() if not line.isascii())[:_PRESCAN]
    return codec_of(detect.detect(_CHARSET.sub(b"", telling)).encoding or "") or "cp1252"


def _mostly(data: bytes, codec: str) -> str | None:
    """The text if the codec fits it: no undecodable byte, or one for four characters beyond ASCII.

    A text in another encoding fails in nearly all of them.
    """
    text = _exact(data, codec)
    if ESCAPED.search(text) is None:
        return text
    bad = sum(len(match[0]) for match in ESCAPED.finditer(text))
    if bad * 5 > sum(1 for _ in _NON_ASCII.finditer(text)):
        return None
    return text


def _encode(text: str, codec: str) -> bytes:
    """Text without escaped bytes → bytes; what the codec lacks becomes a character reference."""
    return _SURROGATES.sub("\ufffd", text).encode(codec, "xmlcharrefreplace")


def _exact(data: bytes, codec: str) -> str:
    """The text whose encoding is exactly these bytes."""
    try:
        text = data.decode(codec, "surrogateescape")
        if codec == "utf-8" or _returns(text, codec, data):
            return text
    except UnicodeError:
        pass
    if codec.startswith(("utf-16", "utf-32")):
        return _exact_units(data, codec, 2 if codec.startswith("utf-16") else 4)
    return "".join(_exact_line(line, codec) for line in data.splitlines(keepends=True))


def _returns(text: str, codec: str, data: bytes) -> bool:
    return Decoded(text, codec).encode(text) == data


def _exact_line(line: bytes, codec: str) -> str:
    """One line, character by character: those whose bytes would not come back are escaped."""
    try:
        text = line.decode(codec)
        if text.encode(codec) == line:
            return text
    except UnicodeError:
        pass
    if codec in _STATEFUL:                                   # no character of it stands alone
        return _escape(line)
    out: list[str] = []
    at = 0
    while at < len(line):
        for size in range(1, 5):                             # GB 18030 has the longest: four bytes
            atom = line[at:at + size]
            try:
                text = atom.decode(codec)
                if text.encode(codec) == atom:
                    break
            except UnicodeError:
                continue
        else:
            text, size = _escape(line[at:at + 1]), 1
        out.append(text)
        at += size
    return "".join(out)


def _exact_units(data: bytes, codec: str, width: int) -> str:
    """UTF-16 or UTF-32 with lone surrogates or a cut end: those bytes are escaped."""
    out: list[str] = []
    whole = len(data) - len(data) % width
    at = 0
    while at < whole:
        try:
            out.append(data[at:whole].decode(codec))
            break
        except UnicodeDecodeError as error:
            bad = at + error.start
            out += (data[at:bad].decode(codec), _escape(data[bad:bad + width]))
            at = bad + width
    out.append(_escape(data[whole:]))
    return "".join(out)


def _escape(data: bytes) -> str:
    return "".join(chr(0xDC00 + byte) for byte in data)
