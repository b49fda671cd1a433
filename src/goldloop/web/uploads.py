"""Files that come through the browser: streamed to disk under a random name, within limits, for those who may."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse

from goldloop.core.calendar import parse_day
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store
from goldloop.jobs.demo_end import is_demo
from goldloop.jobs.uploaded import Upload
from goldloop.web.request import Request
from goldloop.web.routes import API_UPLOAD, API_WAVE_FILES, CONTACTS, PLAN_FILE, UPLOADS
from goldloop.web.shops import whole_shop

ROOM = 8  # all uploads that wait may have so many times what one may have
NEW_STORE = "new"
PLACES = (UPLOADS, API_UPLOAD, PLAN_FILE, CONTACTS, *API_WAVE_FILES)  # routes that take files


class Receiving(FileUploadHandler):
    """Writes the files of a request into a new upload; of any other page, and of who may not, nothing is kept.

    `found` are the files, `digests` the SHA-256 of each, `refused` why they were not taken, `claimed` whether a job has them.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.found: list[Upload] = []
        self.digests: list[str] = []
        self.claimed = False
        self._digest = hashlib.sha256()
        self.refused: GoldloopError | None = None
        self._token, self._label, self._bytes = "", "", 0
        self._file: BinaryIO | None = None

    def handle_raw_input(
        self, input_data: Any, META: dict[str, Any], content_length: int, boundary: str, encoding: str | None = None
    ) -> None:
        """Refuse what says of itself that it is too large; its form comes first and is still read."""
        if self._is_taken() and content_length > upload_limit():
            self.refused = _too_large()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Begin a file; what it is called is only a label."""
        from goldloop.jobs import uploaded

        super().new_file(*args, **kwargs)
        if self.refused is not None:
            self._stop()
        if not self._is_taken():
            raise SkipFile
        home = whole_shop().home
        if not self._token:
            if uploaded.waiting_bytes(home) > ROOM * upload_limit():
                self.refused = GoldloopError("uploads_full", "Uploads that wait to be imported fill their space.", todo="Import or drop earlier uploads first.")  # fmt: skip
                self._stop()
            self._token = uploaded.new(home)
        self._label, self._digest = uploaded.label(str(self.file_name)), hashlib.sha256()
        path = uploaded.folder(home, self._token) / str(len(self.found))
        self._file = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece of the file."""
        assert self._file is not None
        self._bytes += len(raw_data)
        if self._bytes > upload_limit():
            self.refused = _too_large()
            self._stop()
        self._file.write(raw_data)
        self._digest.update(raw_data)

    def file_complete(self, file_size: int) -> None:
        """The file is whole and on the disk."""
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self.found.append(Upload(self._token, len(self.found), self._label, file_size))
        self.digests.append(self._digest.hexdigest())

    def upload_interrupted(self) -> None:
        """Keep nothing of a request that broke off."""
        self.drop()

    def _is_taken(self) -> bool:
        request = self.request
        if request is None:
            return False
        try:
            name = resolve(request.path_info).url_name
        except Resolver404:
            return False
        return any(one.name == name and one.right in request.rights for one in PLACES)  # type: ignore[attr-defined]

    def _stop(self) -> None:
        self.drop()
        raise StopUpload(connection_reset=True)

    def drop(self) -> None:
        """Remove what was written of this request."""
        from goldloop.jobs import uploaded

        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        uploaded.drop(whole_shop().home, self._token)
        self.found = []


def receiving(request: Request) -> Receiving:
    """What came with a request."""
    _ = request.POST  # reading it is what brings the files
    handler = request.upload_handlers[0]
    assert isinstance(handler, Receiving)
    return handler


def drop_unclaimed(request: Request) -> None:
    """Remove the files of a request that no job has taken over."""
    handler = request.upload_handlers[0]
    if isinstance(handler, Receiving) and handler.found and not handler.claimed:
        handler.drop()


def taken(request: Request) -> list[Upload]:
    """The files of a request. Raises `upload_too_large`, `uploads_full` or `upload_none`."""
    came = receiving(request)
    if came.refused is not None:
        raise came.refused
    if not came.found:
        raise GoldloopError("upload_none", "No file was chosen.", todo="Choose one or more files, or drag them onto the page.")  # fmt: skip
    return came.found


def receive(request: Request) -> HttpResponse:
    """Take files in, and look at them in a job: where the form adds a store, add it first."""
    from goldloop.jobs import queue

    files = taken(request)
    arguments = {"files": [one.as_dict() for one in files], **_said(request)}
    job = queue.enqueue("look", arguments, user=request.user.pk)
    request.audit.note(target=f"job {job.id}", files=len(files))
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def look_again(request: Request, id: int) -> HttpResponse:
    """Look at the files of an earlier look again, with another store, format or period."""
    from goldloop.jobs import queue

    arguments = {**_looked(request, id), **_said(request)}
    if arguments["profile"]:
        arguments.pop("described", None)
    job = queue.enqueue("look", arguments, user=request.user.pk)
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def load(request: Request, id: int) -> HttpResponse:
    """Import the files of a look as they were looked at; asked for twice, it is one import."""
    from goldloop.jobs import queue

    job = queue.enqueue("import", _looked(request, id), user=request.user.pk, key=f"look-{id}")
    return HttpResponseRedirect(reverse("job", args=[job.id]))


def drop(request: Request, id: int) -> HttpResponse:
    """Remove the files of a look."""
    from goldloop.jobs import uploaded

    uploaded.drop_files(whole_shop().home, uploaded.files(_looked(request, id)))
    return HttpResponseRedirect(reverse("data"))


def _looked(request: Request, id: int) -> dict[str, Any]:
    """What a look of this person was asked to look at. Raises `job_unknown`."""
    from goldloop.apps.queue import api as jobs

    job = jobs.job_show(user=request.user.pk, id=id)
    if job.kind != "look":
        raise GoldloopError("job_unknown", f"There is no job {id}.", given=id, id=id)
    return job.arguments


def _said(request: Request) -> dict[str, Any]:
    """What the form says about the files: store, format, period. Only what is known is passed on."""
    from goldloop.jobs import profiles

    store, profile = request.POST.get("store", ""), request.POST.get("profile", "")
    if store == NEW_STORE:
        store = _new_store(request)
    elif store:
        found = next((one for one in request.shop.stores() if str(one.id) == store), None)
        if found is not None and request.POST.get("correct"):
            _correct(request, found)
        store = found.name if found is not None else f"#{store}"
    known = {one.id for one in profiles.known_profiles(whole_shop().home.profiles)}
    said: dict[str, Any] = {"store": store, "profile": profile if profile in known else ""}
    first, last = (request.POST.get(name, "") for name in ("from", "to"))
    if first or last:
        said["period"] = [parse_day(first or last).isoformat(), parse_day(last or first).isoformat()]
    return said


def _correct(request: Request, store: Store) -> None:
    """The store sells elsewhere than was said when it was added."""
    from goldloop.apps.shops import api as shops
    from goldloop.jobs import settings_change

    shops.check_whole_group(viewer=request.viewer)
    given = {name: request.POST.get(f"store_{name}", "").strip() for name in ("currency", "timezone")}
    platform = request.POST["correct"]
    settings_change.store_correct(
        store=store, platform=platform, currency=given["currency"] or None, timezone=given["timezone"] or None
    )
    request.audit.note(target=store.name, stores=[store.id], platform=platform)


def _new_store(request: Request) -> str:
    """Add the store that the form describes. The lake learns of it with the first import."""
    from goldloop.apps.shops import api as shops

    shops.check_whole_group(viewer=request.viewer)
    if is_demo(whole_shop().home):
        raise GoldloopError("demo_stands", "The demo stands here; a store of your own would be mixed with it.", todo="Leave the demo first.")  # fmt: skip
    given = {
        name: request.POST.get(f"store_{name}", "").strip() for name in ("name", "platform", "currency", "timezone")
    }
    store = shops.store_add(
        name=given["name"],
        platform=given["platform"],
        currency=given["currency"] or None,
        timezone=given["timezone"] or None,
    )
    request.audit.note(stores=[store.id])
    return store.name


def upload_limit() -> int:
    """Bytes that one upload may have."""
    return int(settings.UPLOAD_LIMIT)  # type: ignore[misc]  # of the web app's own settings


def _too_large() -> GoldloopError:
    limit = upload_limit() // 1_000_000
    return GoldloopError(
        "upload_too_large",
        f"One upload has {limit} MB at most.",
        allowed=f"{limit} MB",
        todo="Upload in several parts, split the file, or import it on the server with goldloop import.",
        limit=limit,
    )
