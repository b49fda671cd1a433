"""Kept source files, sealed: AES-256-GCM with a key per file, which is itself sealed with the key of the home folder.

Layout of a sealed file: magic (5 bytes), sealed file key (12 + 48 bytes), then chunks of 1 MiB + 16 bytes. The nonce of
a chunk is its number, its associated data says whether it is the last one, so a shortened file does not open.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from goldloop.core.errors import WorkFailed
from goldloop.lake.durable import force

MAGIC = b"GLV1\n"
CHUNK = 1 << 20
NONCE = 12
TAG = 16
KEY = 32
HEAD = len(MAGIC) + NONCE + KEY + TAG


class Seal:
    """Seals small texts with one key: a random nonce (12 bytes), then the sealed text."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: bytes) -> bytes:
        """The sealed text; the same text never looks the same twice."""
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._cipher.encrypt(nonce, text, None)

    def open(self, sealed: bytes) -> bytes:
        """The text again; raises `seal_broken` when it was changed or sealed with another key."""
        try:
            return self._cipher.decrypt(sealed[:NONCE], sealed[NONCE:], None)
        except (InvalidTag, ValueError) as error:
            raise _broken() from error


class Vault:
    """The folder of sealed files, each under the hash of its content."""

    def __init__(self, folder: Path, home_key: bytes) -> None:
        self._folder = folder
        self._home = AESGCM(home_key)

    def keep(self, source: Path, content_hash: str) -> None:
        """Seal a file, whole or not at all; one that is kept already is left alone.

        Raises `file_changed` when its content is no longer what was hashed. The caller holds the lock of kept files.
        """
        target = self._path(content_hash)
        if target.exists():
            return
        draft = target.with_name(f"{target.name}.{secrets.token_hex(8)}.draft")
        try:
            with open(source, "rb") as plain, open(draft, "xb", opener=_private) as sealed:
                if self._seal(plain, sealed, content_hash) != content_hash:
                    raise WorkFailed(
                        "file_changed",
                        f"The file '{source.name}' was changed while it was being read.",
                        given=source.name,
                        todo="Import it again when nobody writes to it.",
                        file=source.name,
                    )
            draft.rename(target)
            force([target])
        finally:
            draft.unlink(missing_ok=True)

    def extract(self, content_hash: str, target: Path) -> None:
        """Write a kept file's content to `target` (mode 0600); raises `source_missing` or `seal_broken`."""
        with self._sealed(content_hash) as sealed, open(target, "xb", opener=_private) as plain:
            for chunk in self._chunks(sealed, content_hash):
                plain.write(chunk)

    def seal_of(self, content_hash: str) -> Seal:
        """Seals with the key of a kept file: what is sealed so can no longer be read once the file is dropped."""
        with self._sealed(content_hash) as sealed:
            return Seal(self._file_key(sealed, content_hash))

    def drop(self, content_hash: str) -> None:
        """Remove a kept file and its key. The caller holds the lock of kept files."""
        self._path(content_hash).unlink(missing_ok=True)

    def contents(self) -> set[str]:
        """The hashes of all kept files."""
        return {path.stem for path in self._folder.glob("*.sealed")}

    def tidy(self) -> None:
        """Remove what a killed process left half-written. The caller holds the lock of kept files."""
        for draft in self._folder.glob("*.draft"):
            draft.unlink(missing_ok=True)

    def _path(self, content_hash: str) -> Path:
        return self._folder / f"{content_hash}.sealed"

    def _sealed(self, content_hash: str) -> BinaryIO:
        try:
            return open(self._path(content_hash), "rb")
        except FileNotFoundError as error:
            raise WorkFailed(
                "source_missing",
                "The kept source file of this import is gone.",
                given=str(self._path(content_hash)),
                todo="Import the file again.",
            ) from error

    def _seal(self, plain: BinaryIO, sealed: BinaryIO, content_hash: str) -> str:
        """Write the sealed form; returns the hash of what was read."""
        key = AESGCM.generate_key(8 * KEY)
        nonce = secrets.token_bytes(NONCE)
        sealed.write(MAGIC + nonce + self._home.encrypt(nonce, key, content_hash.encode()))
        cipher, digest = AESGCM(key), hashlib.sha256()
        chunk, number = plain.read(CHUNK), 0
        while True:
            following = plain.read(CHUNK)
            digest.update(chunk)
            sealed.write(cipher.encrypt(_nonce(number), chunk, _place(last=not following)))
            if not following:
                return digest.hexdigest()
            chunk, number = following, number + 1

    def _file_key(self, sealed: BinaryIO, content_hash: str) -> bytes:
        head = sealed.read(HEAD)
        nonce = head[len(MAGIC) : len(MAGIC) + NONCE]
        try:
            if not head.startswith(MAGIC):
                raise InvalidTag
            return self._home.decrypt(nonce, head[len(MAGIC) + NONCE :], content_hash.encode())
        except (InvalidTag, ValueError) as error:
            raise _broken() from error

    def _chunks(self, sealed: BinaryIO, content_hash: str) -> Iterator[bytes]:
        cipher = AESGCM(self._file_key(sealed, content_hash))
        chunk, number = sealed.read(CHUNK + TAG), 0
        while True:
            following = sealed.read(CHUNK + TAG)
            try:
                yield cipher.decrypt(_nonce(number), chunk, _place(last=not following))
            except (InvalidTag, ValueError) as error:
                raise _broken() from error
            if not following:
                return
            chunk, number = following, number + 1


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE, "big")


def _place(*, last: bool) -> bytes:
    return b"last" if last else b"more"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _broken() -> WorkFailed:
    return WorkFailed(
        "seal_broken",
        "A sealed file cannot be opened: it was changed, or the key is another one.",
        todo="Put the folders `sources` and `keys` back from the same backup.",
    )
