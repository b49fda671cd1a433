"""ZIP archives: what is inside is measured before and while it is unpacked, and only ever unpacked into memory."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import PurePosixPath

import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import Limits, shown
from goldloop.core.errors import GoldloopError

_BLOCK = 1 << 20
_ENCRYPTED, _NAME_IS_UTF8 = 0x1, 0x800
_SYMLINK = 0o120000
_END, _LONG_END = b"PK\x05\x06", b"PK\x06\x06"
_MOST_OF_DIRECTORY = 512  # bytes per entry
_DRIVE = re.compile(r"^[A-Za-z]:")
_LEFT_OVER = ((".DS_Store",), ("Thumbs.db",), ("desktop.ini",))
# what a damaged archive makes zipfile raise
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class Archive:
    """An opened ZIP whose directory is within the limits; raises `file_broken`, `file_encrypted`, `archive_too_large`."""

    def __init__(self, data: pa.Buffer, *, file: str, limits: Limits) -> None:
        self.file, self.limits = file, limits
        self._packed = data.size
        self._unpacked: dict[int, int] = {}  # bytes by place of the entry, which may be read twice
        self._check_directory(data)
        try:
            self._zip = zipfile.ZipFile(pa.BufferReader(data))
        except BROKEN as error:
            raise refusals.broken(file, str(error)) from None
        self.entries = self._zip.infolist()
        if any(entry.flag_bits & _ENCRYPTED for entry in self.entries):
            raise refusals.locked(file)
        if sum(entry.compress_size for entry in self.entries) > data.size:
            raise refusals.broken(file, "its members overlap")
        if min((entry.header_offset for entry in self.entries), default=0):
            raise refusals.broken(file, "something else stands before it")

    def _check_directory(self, data: pa.Buffer) -> None:
        """Refuse a directory too long to be read in a moment, and bytes that do not belong to the archive."""
        tail = data.slice(max(data.size - (1 << 16) - 100, 0)).to_pybytes()
        end, long_end = tail.rfind(_END), tail.rfind(_LONG_END)
        if end < 0 or len(tail) < end + 22:
            raise refusals.broken(self.file, "the list of its files is missing")
        if len(tail) - end - 22 != int.from_bytes(tail[end + 20 : end + 22], "little"):
            raise refusals.broken(self.file, "something else stands behind it")
        size = int.from_bytes(tail[end + 12 : end + 16], "little")
        if long_end >= 0:
            size = int.from_bytes(tail[long_end + 40 : long_end + 48], "little")
        if size > self.limits.parts * _MOST_OF_DIRECTORY:
            raise refusals.too_large(self.file, "entries", size // 46, self.limits.entries)

    def check(self, most_entries: int) -> None:
        """Refuse by what the directory says: number of entries, unpacked bytes, ratio."""
        if len(self.entries) > most_entries:
            raise refusals.too_large(self.file, "entries", len(self.entries), most_entries)
        self._check_size(sum(entry.file_size for entry in self.entries))

    def start(self, entry: zipfile.ZipInfo, size: int) -> bytes:
        """The first bytes of an entry, by which its kind is told."""
        with self.opening(entry) as stream:
            return stream.read(size)

    def names(self) -> set[str]:
        """Names of all entries as they stand in the directory."""
        return {entry.filename for entry in self.entries}

    def blocks(self, entry: zipfile.ZipInfo) -> Generator[bytes, None, None]:
        """The unpacked bytes of one entry in pieces, counted against the limits: a directory can lie."""
        try:
            with self._zip.open(entry) as stream:
                done = 0
                while block := stream.read(_BLOCK):
                    done += len(block)
                    self._unpacked[entry.header_offset] = max(done, self._unpacked.get(entry.header_offset, 0))
                    self._check_size(sum(self._unpacked.values()))
                    yield block
        except GoldloopError:
            raise
        except BROKEN as error:
            raise refusals.broken(self.file, str(error)) from None

    @contextmanager
    def opening(self, entry: zipfile.ZipInfo) -> Iterator[Blocks]:
        """One entry to be read from its start without being held in memory."""
        with closing(self.blocks(entry)) as blocks:
            yield Blocks(blocks)

    def _check_size(self, unpacked: int) -> None:
        check_unpacked(self.file, unpacked, self._packed, self.limits)


def check_unpacked(label: str, unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse more unpacked bytes than the limits allow, by number and per packed byte; raises `archive_too_large`."""
    if unpacked > limits.unpacked:
        raise refusals.too_large(label, "unpacked", unpacked, limits.unpacked)
    if unpacked >= limits.ratio_from and unpacked > limits.ratio * packed:
        raise refusals.too_large(label, "ratio", unpacked // max(packed, 1), limits.ratio)


class Blocks:
    """Reads from blocks of bytes as from a file."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks, self._rest = blocks, bytearray()

    def read(self, size: int, /) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        while len(self._rest) < size and (block := next(self._blocks, None)) is not None:
            self._rest += block
        found = bytes(self._rest[:size])
        del self._rest[:size]
        return found


def files(archive: Archive) -> Sequence[zipfile.ZipInfo]:
    """The entries that are files for people: no folders or what systems leave behind (__MACOSX, .DS_Store).

    Raises `archive_link` and `archive_name_unsafe`: no honest program packs such members.
    """
    for entry in archive.entries:
        if (entry.external_attr >> 16) & 0o170000 == _SYMLINK:
            raise refusals.link(archive.file, label(entry))
        if _leads_out(entry.orig_filename):
            raise refusals.name_unsafe(archive.file, shown(entry.orig_filename))
    return [entry for entry in archive.entries if not _is_left_over(entry)]


def content(archive: Archive, entry: zipfile.ZipInfo) -> pa.Buffer:
    """One unpacked entry, in memory."""
    sink = pa.BufferOutputStream()
    for block in archive.blocks(entry):
        sink.write(block)
    return sink.getvalue()


def label(entry: zipfile.ZipInfo) -> str:
    """The entry's name for people: Chinese names without the UTF-8 flag repaired, what cannot be shown replaced.

    Python reads unflagged names as cp437; Chinese Windows writes them in GBK.
    """
    name = entry.filename
    if not entry.flag_bits & _NAME_IS_UTF8:
        name = _repaired(name)
    return shown(name)


def _leads_out(name: str) -> bool:
    """Whether a program that unpacks to this name would write outside of its folder."""
    plain = name.replace("\\", "/")
    return "\0" in name or plain.startswith("/") or bool(_DRIVE.match(plain)) or ".." in plain.split("/")


def _repaired(name: str) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name


def _is_left_over(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts or ("",)
    by_system = "__MACOSX" in parts or parts[-1:] in _LEFT_OVER or parts[-1].startswith("._")
    return entry.is_dir() or by_system
