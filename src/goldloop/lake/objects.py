"""Files below one address in S3-compatible object storage: listed, read, written and removed, with failures in words.

Every object is there whole or not at all. Credentials are found as every AWS program finds them (`AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_PROFILE`, the role of the machine).
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from goldloop.core.errors import GoldloopError, WorkFailed

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem

T = TypeVar("T")
FORM = "s3://BUCKET/PREFIX"
PART = ".part-"  # how files begin that are on their way
AT_ONCE = 8  # files on their way: one waits for the other's answers
PIECE = 8_000_000  # bytes that are held of a file on its way
_BUCKET = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_STEP = r"[A-Za-z0-9_][A-Za-z0-9_.=-]*"
_DENIED = (
    "ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "INVALID_CLIENT_TOKEN_ID", "EXPIRED_TOKEN",
    "UNRECOGNIZED_CLIENT", "INVALID_TOKEN", "HTTP status 403", "HTTP response code: 403", "InvalidToken", "ExpiredToken",
)  # fmt: skip


class StorageError(WorkFailed):
    """Object storage could not be used."""


@dataclass(frozen=True, slots=True)
class Address:
    """A place in object storage: bucket and prefix, the server's address where it is not AWS, and the region.

    >>> Address.of("s3://shop-lake/north/2026").prefix
    'north/2026'
    """

    bucket: str
    prefix: str
    endpoint: str = ""
    region: str = ""

    @classmethod
    def of(cls, url: str, *, endpoint: str = "", region: str = "") -> Address:
        """The place that an `s3://` address names; raises `storage_address`."""
        found = re.fullmatch(rf"s3://({_BUCKET})((?:/{_STEP})+)/?", url)
        if not found:
            raise GoldloopError(
                "storage_address", "This is no address of a lake in object storage.", given=url, allowed=FORM
            )
        return cls(found[1], found[2].strip("/"), endpoint, region)

    def __str__(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"


class Objects:
    """The files below an address; safe to use from several threads."""

    def __init__(self, address: Address) -> None:
        self.address = address

    @cached_property
    def _files(self) -> S3FileSystem:
        from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

        own = self.address.endpoint
        return S3FileSystem(
            endpoint_override=own or None,
            # A server of one's own has no regions, but the signature wants one, and asking for it takes seconds.
            region=self.address.region or ("us-east-1" if own else None),
            connect_timeout=10,
            request_timeout=60,
            retry_strategy=AwsStandardS3RetryStrategy(max_attempts=3),
        )

    def _key(self, name: str) -> str:
        return f"{self.address.bucket}/{self.address.prefix}/{name}"

    def sizes(self) -> dict[str, int]:
        """The names of all files below the address, and their sizes in bytes."""
        from pyarrow.fs import FileSelector

        root = self._key("")
        self._check_bucket()
        with self._explained():
            found = self._files.get_file_info(FileSelector(root, recursive=True, allow_not_found=True))
        return {one.path.removeprefix(root): one.size for one in found if one.is_file}

    def read(self, name: str) -> bytes | None:
        """What a small file holds; None when it is not there."""
        with self._explained():
            try:
                with self._files.open_input_stream(self._key(name)) as source:
                    return bytes(source.read())
            except FileNotFoundError:
                pass
        self._check_bucket()
        return None

    def write(self, name: str, content: bytes) -> None:
        """Write a small file, in the place of one of that name."""
        with self._explained(), self._files.open_output_stream(self._key(name)) as target:
            target.write(content)

    def put(self, name: str, file: Path) -> None:
        """Copy a file of this machine there."""
        from pyarrow.fs import LocalFileSystem, copy_files

        with self._explained():
            copy_files(
                str(file), self._key(name), source_filesystem=LocalFileSystem(), destination_filesystem=self._files
            )

    def get(self, name: str, file: Path, size: int) -> bool:
        """Copy a file of that size from there, whole or not at all; whether it is there."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._explained():
            try:
                source = self._files.open_input_stream(self._key(name))
            except FileNotFoundError:
                return False
            draft, part = tempfile.mkstemp(prefix=PART, dir=file.parent)
            try:
                with source, os.fdopen(draft, "wb") as target:
                    while piece := source.read(PIECE):
                        target.write(piece)
                if Path(part).stat().st_size != size:
                    return False
                os.replace(part, file)
            finally:
                Path(part).unlink(missing_ok=True)
        return True

    def remove(self, names: Collection[str]) -> None:
        """Remove files; one that is not there is no matter."""

        def gone(name: str) -> None:
            with self._explained():
                try:
                    self._files.delete_file(self._key(name))
                except FileNotFoundError:
                    pass

        for _ in each(gone, names):
            pass

    def _check_bucket(self) -> None:
        """An unknown bucket is no empty one."""
        from pyarrow.fs import FileType

        with self._explained():
            found = self._files.get_file_info(self.address.bucket)
        if found.type == FileType.NotFound:
            raise self._said("NO_SUCH_BUCKET")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Raises `StorageError` bucket_unknown, storage_denied, storage_unreachable or storage_failed."""
        try:
            yield
        except OSError as error:
            if error.errno:  # of this machine's own disk
                raise
            raise self._said(str(error)) from error

    def _said(self, words: str) -> StorageError:
        where, said = str(self.address), " ".join(words.split())[:300]
        if "NO_SUCH_BUCKET" in words or "NoSuchBucket" in words:
            return StorageError(
                "bucket_unknown", "There is no such bucket.", given=where,
                todo="Make the bucket, or correct the address and AWS_ENDPOINT_URL.",
            )  # fmt: skip
        if any(text in words for text in _DENIED):
            return StorageError(
                "storage_denied", "Object storage refuses these credentials.", given=where,
                todo="Look after AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the rights of the key.",
            )  # fmt: skip
        if "NETWORK_CONNECTION" in words or "timeout" in words.lower():
            return StorageError(
                "storage_unreachable", "Object storage does not answer.", given=where,
                todo=f"Look after AWS_ENDPOINT_URL ({self.address.endpoint or 'AWS'}) and the network.",
                endpoint=self.address.endpoint or "AWS",
            )  # fmt: skip
        return StorageError(
            "storage_failed", f"Object storage says: {said}", given=where, todo="Do the same again.", said=said
        )


def each(work: Callable[[str], T], names: Collection[str]) -> Iterator[T]:
    """Do the same for every name, several at once; the first failure ends it when those on their way are done."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        running = [pool.submit(work, name) for name in names]
        try:
            for one in running:
                yield one.result()
        finally:
            for one in running:
                one.cancel()
