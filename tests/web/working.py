"""What the tests of uploads and jobs share: bringing files, and doing the work that pages ask for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.jobs.mini import HEADER, row

from goldloop import home as homes
from goldloop.home import Home


def text_of(orders: range, *, bad: int = 0, store: str = "Ours") -> str:
    """A file of the small format of these orders, and `bad` rows whose price is no number."""
    rows = [row(f"W{n}", at=f"2026-03-0{1 + n % 5} 10:00:00", store=store) for n in orders]
    rows += [row(f"WB{n}", price="1,2O9", store=store) for n in range(bad)]
    return "\n".join([HEADER, *(",".join(f'"{cell}"' for cell in one) for one in rows)]) + "\n"


def upload(
    browser: Any, files: dict[str, bytes | str], path: str = "/data/upload", headers: Any = None, **fields: str
) -> Any:
    """Bring files as a browser does, whatever they are called."""
    mark, parts = "a-mark-between-parts", []
    for name, value in fields.items():
        parts.append(f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for name, content in files.items():
        head = f'Content-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
        parts.append(head.encode() + (content.encode() if isinstance(content, str) else content))
    body = b"".join(f"--{mark}\r\n".encode() + part + b"\r\n" for part in parts) + f"--{mark}--\r\n".encode()
    return browser.post(path, body, content_type=f"multipart/form-data; boundary={mark}", headers=headers)


def home_of(group: Any) -> Home:
    return homes.find(group.root)


def work(group: Any) -> None:
    """Do what was asked for, as the worker does."""
    from goldloop.jobs import queue

    while queue.work_one(home_of(group)):
        pass


def imported(browser: Any, group: Any, files: dict[str, bytes | str], **fields: str) -> dict[str, Any]:
    """Upload, look, import; the result of the import."""
    looked = upload(browser, files, **fields)
    work(group)
    asked = browser.post(f"{looked.url}/import")
    work(group)
    return job_of(asked.url).result


def job_of(address: str) -> Any:
    """The job that an address names, whoever asks."""
    from goldloop.apps.queue import models, queries

    id = int(re.search(r"/jobs/(\d+)", address)[1])  # type: ignore[index]
    return queries.job_of(models.Job.objects.get(pk=id))


def uploads_of(group: Any) -> list[Path]:
    """Every file below the uploads folder."""
    return [path for path in (group.root / "uploads").rglob("*") if path.is_file()]
