"""A zip archive read with care, and written again without touching what has not changed.

`zipfile` reads the directory; bytes are taken from the source itself, so that an unchanged
member keeps its compressed bytes, its header and its place.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from parsers.errors import DamagedDocument, EncryptedDocument, TooLarge, UnsafeDocument
from parsers.options import Limits

LOCAL_HEADER = struct.Struct("<4sHHHHHIIIHH")
CENTRAL_HEADER = struct.Struct("<4sHHHHHHIIIHHHHHII")
END_RECORD = struct.Struct("<4sHHHHIIH")
"""PKWARE APPNOTE 6.3.10, §§4.3.7, 4.3.12, 4.3.16."""

ENCRYPTED, DESCRIPTOR, UTF8 = 0x1, 0x8, 0x800
"""General purpose flags (APPNOTE §4.4.4)."""
ZIP64_EXTRA = 0x0001
STEP = 1 << 18
"""Bytes inflated at a time: what a bomb can cost before it is noticed."""

RESAVE = "open it in Word and save it again"


@dataclass(frozen=True, slots=True)
class Member:
    """One entry: where its local header, its data and the next thing begin in the source."""

    info: zipfile.ZipInfo
    start: int
    data: int
    end: int


class Archive:
    """The members of a zip, in the order of its directory."""

    def __init__(self, source: bytes, limits: Limits) -> None:
        """Raises DamagedDocument, EncryptedDocument, UnsafeDocument or TooLarge."""
        self.source = source
        self.limits = limits
        self.members, self._directory, self._comment = _members(source, limits)
        self._by_name = {member.info.filename.lower(): member for member in self.members}
        self._read: dict[str, bytes] = {}
        self._inflated = 0

    def names(self) -> list[str]:
        """Every member's name as the archive spells it."""
        return [member.info.filename for member in self.members]

    def name(self, wanted: str) -> str | None:
        """The archive's spelling of a part name (OPC §6.2.2.3: case does not count), or None."""
        member = self._by_name.get(wanted.lower())
        return member.info.filename if member else None

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises DamagedDocument, UnsafeDocument or TooLarge."""
        if name not in self._read:
            member = self._by_name[name.lower()]
            data = self._inflate(member)
            self._inflated += len(data)
            if self._inflated > self.limits.package_bytes:
                raise TooLarge(f"The document unpacks to more than {self.limits.package_bytes >> 20} MB; split it.")
            self._read[name] = data
        return self._read[name]

    def survey(self) -> None:
        """Unpack what nobody has read, a little at a time, to see that sizes in the directory are true.

        Bytes that do not unpack are left to their reader. Raises UnsafeDocument.
        """
        for member in self.members:
            info = member.info
            if info.filename in self._read or info.compress_type == zipfile.ZIP_STORED:
                continue
            inflate, size = zlib.decompressobj(-15), 0
            rest = self.source[member.data:member.data + info.compress_size]
            try:
                while rest and not inflate.eof and size <= info.file_size:
                    size += len(inflate.decompress(rest, STEP))
                    rest = inflate.unconsumed_tail
            except zlib.error:
                continue
            if size > info.file_size:
                raise UnsafeDocument(f"{info.filename} in the document is larger than the document says, as in a zip "
                                     f"bomb; if it is sound, {RESAVE}.")

    def _inflate(self, member: Member) -> bytes:
        """Unpack by steps, so that a wrong size in the directory is found before it costs memory."""
        info, limits = member.info, self.limits
        packed = memoryview(self.source)[member.data:member.data + info.compress_size]
        if info.compress_type == zipfile.ZIP_STORED:
            out = bytes(packed)
        else:
            inflate, pieces, size, rest = zlib.decompressobj(-15), [], 0, bytes(packed)
            try:
                while rest and not inflate.eof:
                    piece = inflate.decompress(rest, STEP)
                    rest = inflate.unconsumed_tail
                    size += len(piece)
                    pieces.append(piece)
                    check_size(info.filename, size, len(packed), limits)
                pieces.append(inflate.flush())
            except zlib.error as fault:
                raise DamagedDocument(f"{info.filename} in the document is damaged; {RESAVE}.") from fault
            out = b"".join(pieces)
        if zlib.crc32(out) != info.CRC:
            raise DamagedDocument(f"The document is damaged ({info.filename} has a wrong checksum); {RESAVE}.")
        return out

    def replace(self, changed: Mapping[str, bytes]) -> bytes:
        """The archive with other bytes in some members; all others are copied as they stand."""
        out = io.BytesIO()
        physical = sorted(self.members, key=lambda member: member.start)
        out.write(self.source[:physical[0].start])
        placed: dict[int, _Entry] = {}
        for member in physical:
            entry = _Entry(out.tell(), member.info.flag_bits, member.info.CRC, member.info.compress_size,
                           member.info.file_size)
            new = changed.get(member.info.filename)
            if new is None:
                out.write(self.source[member.start:member.end])
            else:
                entry = _write_member(out, self.source, member, new)
            placed[member.start] = entry
        directory = out.tell()
        entries = _central_entries(self.source, self._directory, len(self.members))
        for member, raw in zip(self.members, entries, strict=True):
            out.write(_patched(raw, placed[member.start]))
        comment, count = self._comment, len(self.members)
        out.write(END_RECORD.pack(b"PK\x05\x06", 0, 0, count, count, out.tell() - directory, directory, len(comment)))
        out.write(comment)
        return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the directory says about a written member."""

    offset: int
    flags: int
    crc: int
    packed: int
    size: int


def check_size(name: str, size: int, packed: int, limits: Limits) -> None:
    """Refuse a member that is too large or grows too much. Raises TooLarge or UnsafeDocument."""
    if size > limits.member_bytes:
        raise TooLarge(f"{name} in the document is over {limits.member_bytes >> 20} MB; split the document.")
    if size > limits.ratio_after and size > limits.ratio * max(packed, 1):
        raise UnsafeDocument(f"{name} unpacks to over {limits.ratio} times its size, as a zip bomb does; "
                             f"if the document is sound, {RESAVE}.")


def _members(source: bytes, limits: Limits) -> tuple[tuple[Member, ...], int, bytes]:
    """The members, where the directory begins, and the archive's comment."""
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as package:
            infos = package.infolist()
            directory, comment = package.start_dir, package.comment
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, EOFError,
            UnicodeDecodeError, OverflowError) as fault:
        raise DamagedDocument("The document is damaged or incomplete (its zip directory cannot be read); "
                              "fetch it again from where it came.") from fault
    if not infos:
        raise DamagedDocument("The document is an empty zip archive, not a Word document; check what was saved.")
    if len(infos) > limits.package_entries:
        raise TooLarge(f"The document has {len(infos)} members, more than {limits.package_entries}; split it.")
    if sum(info.file_size for info in infos) > limits.package_bytes:
        raise TooLarge(f"The document unpacks to more than {limits.package_bytes >> 20} MB; split it.")
    found = tuple(_member(source, info, limits) for info in infos)
    _check_names(infos)
    _check_overlap(found, directory)
    return found, directory, comment


def _member(source: bytes, info: zipfile.ZipInfo, limits: Limits) -> Member:
    if info.flag_bits & ENCRYPTED:
        raise EncryptedDocument(f"{info.filename} in the document is encrypted; save it without a password.")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DamagedDocument(f"{info.filename} is packed by a method that Word does not use; {RESAVE}.")
    check_size(info.filename, info.file_size, info.compress_size, limits)
    start = info.header_offset
    header = source[start:start + LOCAL_HEADER.size] if start >= 0 else b""
    if len(header) < LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
        raise DamagedDocument("The document is damaged or incomplete (a member is missing); "
                              "fetch it again from where it came.")
    fields = LOCAL_HEADER.unpack(header)
    data = start + LOCAL_HEADER.size + fields[9] + fields[10]
    end = data + info.compress_size
    if end > len(source):
        raise DamagedDocument("The document is incomplete (it ends inside a member); fetch it again.")
    if fields[2] & DESCRIPTOR:
        end += _descriptor(source[end:end + 24], info)
    return Member(info, start, data, end)


def _descriptor(after: bytes, info: zipfile.ZipInfo) -> int:
    """Length of the data descriptor (APPNOTE §4.3.9): with or without signature, 32 or 64 bits."""
    crc = struct.pack("<I", info.CRC)
    mark = 4 if after.startswith(b"PK\x07\x08") and after[4:8] == crc else 0
    if after[mark:mark + 4] != crc:
        return 0
    wide = struct.pack("<QQ", info.compress_size, info.file_size)
    return mark + (20 if after[mark + 4:mark + 20] == wide else 12)


def _check_names(infos: list[zipfile.ZipInfo]) -> None:
    seen = set()
    for info in infos:
        name = info.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name.split("/")[0] or ".." in name.split("/"):
            raise UnsafeDocument(f"The document has a member outside its folder (“{info.filename[:60]}”); {RESAVE}.")
        if name.lower() in seen:
            raise UnsafeDocument(f"The document has two members named “{info.filename[:60]}”; {RESAVE}.")
        seen.add(name.lower())


def _check_overlap(found: tuple[Member, ...], directory: int) -> None:
    """CVE-2024-0450: members that share bytes make small archives unpack to huge ones."""
    at = 0
    for member in sorted(found, key=lambda member: member.start):
        if member.start < at:
            raise UnsafeDocument(f"Members of the document overlap, as in a zip bomb; if it is sound, {RESAVE}.")
        at = member.end
    if at > directory:
        raise UnsafeDocument(f"Members of the document overlap its directory; if it is sound, {RESAVE}.")


def _write_member(out: io.BytesIO, source: bytes, member: Member, new: bytes) -> _Entry:
    """The member's own header with new sizes, then the packed bytes; no descriptor is needed."""
    start, packed = out.tell(), new
    if member.info.compress_type == zipfile.ZIP_DEFLATED:
        deflate = zlib.compressobj(zlib.Z_DEFAULT_COMPRESSION, zlib.DEFLATED, -15)
        packed = deflate.compress(new) + deflate.flush()
    fields = list(LOCAL_HEADER.unpack_from(source, member.start))
    name_at = member.start + LOCAL_HEADER.size
    name = source[name_at:name_at + fields[9]]
    extra = _without_zip64(source[name_at + fields[9]:member.data])
    entry = _Entry(start, fields[2] & ~DESCRIPTOR, zlib.crc32(new), len(packed), len(new))
    out.write(LOCAL_HEADER.pack(*fields[:2], entry.flags, *fields[3:6], entry.crc, entry.packed, entry.size,
                                len(name), len(extra)))
    out.write(name + extra + packed)
    return entry


def _without_zip64(extra: bytes) -> bytes:
    """Extra fields but for the 64-bit sizes, which nothing under our limits needs."""
    kept, at = b"", 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        if kind != ZIP64_EXTRA:
            kept += extra[at:at + 4 + size]
        at += 4 + size
    return kept + extra[at:]


def _central_entries(source: bytes, at: int, count: int) -> list[bytes]:
    """The raw directory entries, in order."""
    found = []
    for _ in range(count):
        fields = CENTRAL_HEADER.unpack_from(source, at)
        end = at + CENTRAL_HEADER.size + sum(fields[10:13])
        found.append(source[at:end])
        at = end
    return found


def _patched(raw: bytes, entry: _Entry) -> bytes:
    fields = list(CENTRAL_HEADER.unpack_from(raw))
    at = CENTRAL_HEADER.size + fields[10]
    name, extra, comment = raw[CENTRAL_HEADER.size:at], raw[at:at + fields[11]], raw[at + fields[11]:]
    extra = _without_zip64(extra)
    head = CENTRAL_HEADER.pack(*fields[:3], entry.flags, *fields[4:7], entry.crc, entry.packed, entry.size,
                               fields[10], len(extra), fields[12], 0, *fields[14:16], entry.offset)
    # fields: 0 signature, 1 made by, 2 needed, 3 flags, 4 method, 5 time, 6 date, 7 crc, 8 packed, 9 size,
    # 10 name, 11 extra, 12 comment, 13 disk, 14 internal, 15 external, 16 offset
    return head + name + extra + comment
