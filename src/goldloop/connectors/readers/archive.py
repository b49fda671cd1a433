"""ZIP archives: what is inside is measured before and while it is unpacked, and only ever unpacked into memory."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

import pyarrow as pa

from goldloop.connectors.readers import refusals
from goldloop.connectors.readers.sheet import Limits
from goldloop.core.errors import GoldloopError

_BLOCK = 1 << 20
_ENCRYPTED, _NAME_IS_UTF8 = 0x1, 0x800
_SYMLINK = 0o120000
_LEFT_OVER = ((".DS_Store",), ("Thumbs.db",), ("desktop.ini",))
# what a damaged archive makes zipfile raise
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError)


class Archive:
    """An opened ZIP whose directory is within the limits; raises `file_broken`, `file_encrypted`, `archive_too_large`."""

    def __init__(self, data: pa.Buffer, *, file: str, limits: Limits) -> None:
        self.file, self.limits = file, limits
        self._packed = data.size
        self._unpacked = 0
        try:
            self._zip = zipfile.ZipFile(pa.BufferReader(data))
        except BROKEN as error:
            raise refusals.broken(file, str(error)) from None
        self.entries = self._zip.infolist()
        if any(entry.flag_bits & _ENCRYPTED for entry in self.entries):
            raise refusals.locked(file)

    def check(self, most_entries: int) -> None:
        """Refuse by what the directory says: number of entries, unpacked bytes, ratio."""
        if len(self.entries) > most_entries:
            raise refusals.too_large(self.file, "entries", len(self.entries), most_entries)
        self._check_size(sum(entry.file_size for entry in self.entries))

    def names(self) -> set[str]:
        """Names of all entries as they stand in the directory."""
        return {entry.filename for entry in self.entries}

    def blocks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The unpacked bytes of one entry in pieces, counted against the limits: a directory can lie."""
        try:
            with self._zip.open(entry) as stream:
                while block := stream.read(_BLOCK):
                    self._unpacked += len(block)
                    self._check_size(self._unpacked)
                    yield block
        except GoldloopError:
            raise
        except BROKEN as error:
            raise refusals.broken(self.file, str(error)) from None

    def _check_size(self, unpacked: int) -> None:
        limits = self.limits
        if unpacked > limits.unpacked:
            raise refusals.too_large(self.file, "unpacked", unpacked, limits.unpacked)
        if unpacked >= limits.ratio_from and unpacked > limits.ratio * self._packed:
            raise refusals.too_large(self.file, "ratio", unpacked // max(self._packed, 1), limits.ratio)


def files(archive: Archive) -> Sequence[zipfile.ZipInfo]:
    """The entries that are files for people: no folders, links, or what systems leave behind (__MACOSX, .DS_Store)."""
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
    return "".join(c if c.isprintable() else "\ufffd" for c in name)


def _repaired(name: str) -> str:
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.encode("cp437").decode(encoding)
        except UnicodeError:
            continue
    return name


def _is_left_over(entry: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(entry.filename).parts or ("",)
    is_link = (entry.external_attr >> 16) & 0o170000 == _SYMLINK
    by_system = "__MACOSX" in parts or parts[-1:] in _LEFT_OVER or parts[-1].startswith("._")
    return entry.is_dir() or is_link or by_system
