"""Files that came through the browser, until they are imported: each under a random name, its own name only a label.

An upload is a folder `uploads/<token>` with the files 0, 1, 2 ..., readable by nobody else; work on it leaves notes
beside them. Nothing of it is in the database but token, labels and sizes.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from goldloop.connectors.readers import shown
from goldloop.core.errors import GoldloopError
from goldloop.home import Home

KEPT = timedelta(days=2)  # how long an upload waits for somebody to import it
LABEL = 200  # characters of a file's name that are kept
_TOKEN = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of an upload: the token of the upload, its number in it, the name it came with, and its bytes."""

    token: str
    number: int
    label: str
    size: int

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the arguments of a job."""
        return asdict(self)


def uploads(home: Home) -> Path:
    """The folder of all uploads, made when it is not there yet."""
    folder = home.root / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def new(home: Home) -> str:
    """The token of a new, empty upload."""
    token = secrets.token_hex(16)
    (uploads(home) / token).mkdir(mode=0o700)
    return token


def label(name: str) -> str:
    """What is shown of a file's name: its last part, everything that cannot be shown made visible, its middle cut out.

    >>> label("../../etc/passwd"), label("C:\\\\Users\\\\me\\\\订单.csv"), label("a\\x00b\\u202egnp.csv")
    ('passwd', '订单.csv', 'a�b�gnp.csv')
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = shown(last).strip() or "file"
    return plain if len(plain) <= LABEL else f"{plain[: LABEL // 2]}…{plain[-LABEL // 2 + 1 :]}"


def folder(home: Home, token: str) -> Path:
    """The folder of an upload; raises `upload_gone`."""
    path = uploads(home) / token
    if not _TOKEN.fullmatch(token) or not path.is_dir():
        raise GoldloopError("upload_gone", "The uploaded file is no longer here.", todo="Upload it again.")
    return path


def file(home: Home, upload: Upload) -> Path:
    """Where a file of an upload lies; raises `upload_gone`."""
    path = folder(home, upload.token) / str(upload.number)
    if not path.is_file():
        raise GoldloopError("upload_gone", "The uploaded file is no longer here.", todo="Upload it again.")
    return path


def files(given: Mapping[str, Any]) -> list[Upload]:
    """The files that the arguments of a job name."""
    return [Upload(**one) for one in given["files"]]


def columns_file(home: Home, upload: Upload) -> Path:
    """Where the format lies that somebody described for a file of an upload."""
    return folder(home, upload.token) / f"columns-{upload.number}.toml"


def note(home: Home, token: str, name: str, said: Any) -> None:
    """Leave a note beside the files of an upload, whole or not at all."""
    place = folder(home, token)
    draft = place / f"{name}.{secrets.token_hex(4)}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
        json.dump(said, out, ensure_ascii=False, default=str)
    draft.replace(place / f"{name}.json")


def noted(home: Home, token: str, name: str) -> Any:
    """What a note says; raises `upload_gone`."""
    try:
        return cast(Any, json.loads((folder(home, token) / f"{name}.json").read_text("utf-8")))
    except (FileNotFoundError, ValueError):
        raise GoldloopError("upload_gone", "The uploaded file is no longer here.", todo="Upload it again.") from None


def drop(home: Home, token: str) -> None:
    """Remove an upload with everything in it; one that is gone already is none."""
    if _TOKEN.fullmatch(token):
        shutil.rmtree(uploads(home) / token, ignore_errors=True)


def drop_files(home: Home, done: Sequence[Upload]) -> None:
    """Remove files of an upload, and the whole upload when they were the last."""
    for token in {one.token for one in done}:
        place = uploads(home) / token
        for one in done:
            (place / str(one.number)).unlink(missing_ok=True)
        if not any(path.name.isdigit() for path in place.glob("*")):
            drop(home, token)


def waiting_bytes(home: Home) -> int:
    """Bytes of all uploads that are kept."""
    return sum(path.stat().st_size for path in uploads(home).glob("*/*") if path.is_file())


def tidy(home: Home, *, now: datetime) -> int:
    """Remove uploads that nobody came back to for two days; how many those were."""
    before = (now - KEPT).timestamp()
    old = [path for path in uploads(home).iterdir() if path.stat().st_mtime < before]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)
