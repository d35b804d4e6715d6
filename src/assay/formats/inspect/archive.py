"""The members of an `.eval` log, which is a zip archive; also of one that was cut off, whose table of contents is missing."""

import re
import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import msgspec

from assay.core.errors import DatasetError, StoreError

LOCAL = struct.Struct("<4s5H3I2H")
LOCAL_SIGN, DESCRIPTOR_SIGN, ENDINGS = b"PK\x03\x04", b"PK\x07\x08", (b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06")
SIZED_LATER = 0x08
WIDE = 0xFFFFFFFF
STORED, DEFLATED, ZSTANDARD = 0, 8, 93


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """One file in the archive: where its local header stands, how it is packed. `crc` is None where nobody wrote it down."""

    name: str
    offset: int
    packed: int
    method: int
    crc: int | None


class Damaged(Exception):
    """A member that cannot be unpacked; the text says why."""


class Archive:
    """An opened `.eval` file. `members` by name (the last of a name counts, as in Inspect); `cut` says that the archive ends early.

    Python's own zipfile reads Zstandard, which Inspect writes since 0.3.2xx, from 3.14 on only; and it reads one frame of a member, where
    Inspect writes several into one above 200 MiB. So members are unpacked here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file: BinaryIO = path.open("rb")
        except OSError as error:
            raise StoreError(f"'{path}' cannot be read: {error.strerror}.", remedy="Is it yours to read?") from error
        self.cut = False
        try:
            with zipfile.ZipFile(path) as listed:
                infos = listed.infolist()
            found = [
                Member(name=each.filename, offset=each.header_offset, packed=each.compress_size, method=each.compress_type, crc=each.CRC)
                for each in infos
            ]
        except zipfile.BadZipFile:
            found = scanned(self._file)
            self.cut = True
        self.members = {each.name: each for each in found}

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def read(self, name: str) -> bytes:
        """A member, unpacked and checked. Raises Damaged."""
        member = self.members[name]
        self._file.seek(member.offset)
        head = self._file.read(LOCAL.size)
        if len(head) < LOCAL.size or not head.startswith(LOCAL_SIGN):
            raise Damaged("its place in the archive holds something else")
        *_, names, extra = LOCAL.unpack(head)
        self._file.seek(names + extra, 1)
        packed = self._file.read(member.packed)
        if len(packed) < member.packed:
            raise Damaged(f"{len(packed):,} of its {member.packed:,} bytes are there")
        content = unpacked(packed, member.method)
        if member.crc is not None and zlib.crc32(content) != member.crc:
            raise Damaged("its checksum is wrong")
        return content

    def matching(self, pattern: re.Pattern[str]) -> dict[str, re.Match[str]]:
        """The members whose whole name fits, in the order of the archive."""
        return {name: match for name in self.members if (match := pattern.fullmatch(name))}


def unpacked(packed: bytes, method: int) -> bytes:
    """The content of packed bytes. Raises Damaged."""
    if method == STORED:
        return packed
    try:
        if method == DEFLATED:
            return zlib.decompress(packed, wbits=-15)
        if method == ZSTANDARD:
            return zstandard()(packed)
    except (zlib.error, EOFError, ValueError) as error:
        raise Damaged(f"it cannot be unpacked ({error})") from error
    raise Damaged(f"it is packed by method {method}, which is not known")


def zstandard() -> Callable[[bytes], bytes]:
    """Unpacks Zstandard, of however many frames; a damaged one raises ValueError or EOFError."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd

    def decompress(packed: bytes) -> bytes:
        try:
            content: bytes = zstd.decompress(packed)
        except zstd.ZstdError as error:
            raise ValueError(str(error)) from error
        return content

    return decompress


def scanned(file: BinaryIO) -> list[Member]:
    """The members of an archive without its table of contents, by their local headers, as far as they are whole."""
    end = file.seek(0, 2)
    found: list[Member] = []
    place = 0
    while place + LOCAL.size <= end:
        file.seek(place)
        sign, _, flags, method, _, _, crc, packed, full, names, extra = LOCAL.unpack(file.read(LOCAL.size))
        if sign != LOCAL_SIGN:
            break
        name = file.read(names).decode("utf-8", "replace")
        packed = wide(packed, full, file.read(extra))
        start = place + LOCAL.size + names + extra
        behind = 0
        if flags & SIZED_LATER and not packed:
            later = described(file, start, end)
            if later is None:
                break
            crc, packed, behind = later
        if start + packed > end:
            break
        found.append(Member(name=name, offset=place, packed=packed, method=method, crc=crc or None))
        place = start + packed + behind
    return found


def wide(packed: int, full: int, extra: bytes) -> int:
    """The packed size of a member, where it stands in the field for large ones too."""
    while packed == WIDE and len(extra) >= 4:
        kind, size = struct.unpack_from("<2H", extra)
        if kind == 1:
            at = 4 + (8 if full == WIDE else 0)
            return int(struct.unpack_from("<Q", extra, at)[0])
        extra = extra[4 + size :]
    return packed


def described(file: BinaryIO, start: int, end: int) -> tuple[int, int, int] | None:
    """Checksum, packed size and own length of the descriptor that follows a member whose header tells no size; None where it is cut off."""
    step, place, tail = 1 << 20, start, b""
    while place < end:
        file.seek(place)
        window = tail + file.read(step)
        base, at = place - len(tail), -1
        while (at := window.find(DESCRIPTOR_SIGN, at + 1)) >= 0:
            distance = base + at - start
            for form in ("<2I", "<IQ"):
                length = struct.calcsize(form)
                file.seek(base + at + 4)
                data = file.read(length)
                if len(data) == length and struct.unpack(form, data)[1] == distance:
                    return struct.unpack(form, data)[0], distance, 4 + length + struct.calcsize(form[-1])
        tail, place = window[-3:], place + step
    return None


def opened(path: Path) -> Archive:
    """The archive. Raises DatasetError for a file that is none at all."""
    archive = Archive(path)
    if not archive.members:
        archive.__exit__(None, None, None)
        raise DatasetError(f"'{path}' is no Inspect log: it holds no member of a zip archive.", remedy="Was it copied whole?")
    return archive
