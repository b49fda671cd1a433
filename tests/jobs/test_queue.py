"""Work behind the pages: done once whoever claims it, taken up again after a kill, ended where somebody wants it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.jobs.mini import facts, many, row, stock, write

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import uploaded
from goldloop.shop import Shop

if TYPE_CHECKING:
    from goldloop.apps.queue import api as jobs
    from goldloop.jobs import queue, tasks

WAIT = 60.0  # seconds that a busy machine may take


@pytest.fixture(autouse=True)
def tables(home: Home) -> None:
    """Modules that name tables are loaded once Django runs."""
    from goldloop.apps.queue import api
    from goldloop.jobs import queue, tasks

    globals().update(jobs=api, queue=queue, tasks=tasks)


def upload(home: Home, *paths: Path) -> list[dict[str, object]]:
    """Files as the upload page leaves them."""
    token = uploaded.new(home)
    files = []
    for number, path in enumerate(paths):
        (uploaded.folder(home, token) / str(number)).write_bytes(path.read_bytes())
        files.append(uploaded.Upload(token, number, path.name, path.stat().st_size).as_dict())
    return files


def wish(home: Home, *paths: Path) -> jobs.Job:
    return queue.enqueue("import", {"files": upload(home, *paths)}, user=None)


def shown(id: int) -> jobs.Job:
    return jobs.job_show(user=None, id=id)


def worker(home: Home, code: str = "", **environment: str) -> subprocess.Popen[str]:
    """A worker in a process of its own, which ends when nothing is left to do; `code` runs before it."""
    program = (
        "import sys\nfrom goldloop import home as homes\nhome = homes.find(sys.argv[1])\n"
        f"from goldloop.jobs import queue\n{code}\nwhile queue.work_one(home): pass\n"
    )
    return subprocess.Popen(
        [sys.executable, "-c", program, str(home.root)], env={**os.environ, **environment}, text=True
    )


def test_an_import_is_done_and_its_files_are_gone(home: Home, tmp_path: Path) -> None:
    stock(home)
    job = wish(home, write(tmp_path / "订单.csv", many(range(20))))
    assert queue.work_one(home) and not queue.work_one(home)
    done = shown(job.id)
    receipt = done.result["outcomes"][0]["receipts"][0]
    assert (done.state, receipt["file"], receipt["read"], receipt["new"]) == ("done", "订单.csv", 40, 40)
    assert list(uploaded.uploads(home).iterdir()) == []
    assert Shop(home).imports()[0].file == "订单.csv"


def test_a_file_among_many_that_cannot_be_loaded_keeps_no_other_out(home: Home, tmp_path: Path) -> None:
    stock(home)
    strange = tmp_path / "strange.csv"
    strange.write_text("a,b\n1,2\n")
    job = wish(home, strange, write(tmp_path / "good.csv", [row("N1")]))
    queue.work_one(home)
    first, second = shown(job.id).result["outcomes"]
    assert (first["error"]["code"], second["receipts"][0]["new"]) == ("format_unknown", 1)
    assert len(list(uploaded.uploads(home).iterdir())) == 1  # it can still be described


def test_a_single_file_that_cannot_be_loaded_fails_and_can_be_tried_again(home: Home, tmp_path: Path) -> None:
    job = wish(home, write(tmp_path / "orders.csv", [row("N1")]))
    queue.work_one(home)
    assert (shown(job.id).state, shown(job.id).error["code"]) == ("failed", "format_unknown")
    stock(home)
    queue.again(job.id, user=None)
    queue.work_one(home)
    assert shown(job.id).state == "done"
    with pytest.raises(GoldloopError, match="not one that failed"):
        queue.again(job.id, user=None)


def test_the_same_wish_is_one_job_and_its_key_holds_for_nothing_else(home: Home) -> None:
    first = queue.enqueue("retry", {"rows": [1]}, user=None, key="k1")
    assert queue.enqueue("retry", {"rows": [1]}, user=None, key="k1").id != 0
    with pytest.raises(GoldloopError) as error:
        queue.enqueue("retry", {"rows": [2]}, user=None, key="k1")
    assert error.value.code == "job_key_used"
    assert len(jobs.job_list(user=None)) == 1 and first.state == "queued"


def test_a_waiting_job_is_cancelled_at_once(home: Home) -> None:
    job = queue.enqueue("retry", {"rows": []}, user=None)
    assert queue.cancel(job.id, user=None).state == "cancelled"
    assert not queue.work_one(home)
    with pytest.raises(GoldloopError, match="has ended"):
        queue.cancel(job.id, user=None)


def test_a_running_import_ends_between_two_steps_and_loads_nothing(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.jobs import reading

    stock(home)
    job = wish(home, write(tmp_path / "orders.csv", many(range(5))))
    read = reading.read

    def cancelled_while_it_is_read(*args: object, **kwargs: object) -> object:
        queue.cancel(job.id, user=None)
        return read(*args, **kwargs)

    monkeypatch.setattr(reading, "read", cancelled_while_it_is_read)
    queue.work_one(home)
    assert (shown(job.id).state, shown(job.id).result) == ("cancelled", {"outcomes": []})
    assert facts(home) == {} and Shop(home).imports() == []
    monkeypatch.undo()
    queue.again(job.id, user=None)
    queue.work_one(home)
    assert shown(job.id).state == "done" and Shop(home).imports()[0].new == 10


def test_somebody_elses_job_is_like_none(home: Home) -> None:
    from goldloop.apps.shops import api as shops

    mine = queue.enqueue("retry", {"rows": []}, user=shops.owner().pk)
    for call in (queue.cancel, queue.again):
        with pytest.raises(GoldloopError) as error:
            call(mine.id, user=None)
        assert error.value.code == "job_unknown"
    assert jobs.job_list(user=None) == []


def test_what_nobody_foresaw_is_an_outcome_without_cells(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> dict[str, object]:
        raise RuntimeError("13800138000")

    monkeypatch.setitem(tasks.KINDS, "retry", broken)
    job = queue.enqueue("retry", {"rows": []}, user=None)
    queue.work_one(home)
    assert shown(job.id).error["code"] == "internal_error"
    assert "13800138000" not in str(shown(job.id))


def test_old_jobs_and_uploads_are_forgotten(home: Home, tmp_path: Path) -> None:
    files = upload(home, write(tmp_path / "a.csv", []))
    job = queue.enqueue("retry", {"rows": []}, user=None)
    queue.work_one(home)
    queue.tidy(home)
    assert shown(job.id) and uploaded.folder(home, str(files[0]["token"]))
    old = (datetime.now(UTC) - uploaded.KEPT).timestamp() - 1
    os.utime(uploaded.folder(home, str(files[0]["token"])), (old, old))
    queue.tidy(home)
    assert list(uploaded.uploads(home).iterdir()) == []
    jobs.jobs_forget(before=datetime.now(UTC))
    assert jobs.job_list(user=None) == []


@pytest.mark.kills
def test_four_workers_do_every_job_once(home: Home, tmp_path: Path) -> None:
    stock(home)
    paths = [write(tmp_path / f"{n}.csv", [row(f"N{n}", product=f"p{n}")]) for n in range(8)]
    wishes = [wish(home, path) for path in paths]
    running = [worker(home) for _ in range(4)]
    assert [one.wait(WAIT) for one in running] == [0] * 4
    found = [shown(job.id) for job in wishes]
    assert [(job.state, job.stops) for job in found] == [("done", 0)] * 8
    receipts = [job.result["outcomes"][0]["receipts"][0] for job in found]
    assert [(one["new"], one["repeated"]) for one in receipts] == [(1, False)] * 8
    assert len(Shop(home).imports()) == 8


@pytest.mark.kills
@pytest.mark.parametrize("stop", ["import.normalised", "import.after_receipt"])
def test_an_import_whose_worker_is_killed_is_done_by_the_next_one_once(home: Home, tmp_path: Path, stop: str) -> None:
    stock(home)
    job = wish(home, write(tmp_path / "orders.csv", many(range(50))))
    assert worker(home, GOLDLOOP_STOP_AT=stop).wait(WAIT) == -signal.SIGKILL
    assert shown(job.id).state == "running"
    queue.work_one(home)
    again = shown(job.id)
    assert (again.state, again.stops) == ("done", 1)
    (receipt,) = Shop(home).imports()
    assert (receipt.read, receipt.new) == (100, 100)
    assert len(facts(home)["facts/order_lines"]) == 100


@pytest.mark.kills
def test_a_job_that_kills_its_worker_again_and_again_is_given_up(home: Home) -> None:
    job = queue.enqueue("retry", {"rows": []}, user=None)
    die = "import os\nfrom goldloop.jobs import tasks\ntasks.KINDS['retry'] = lambda *_: os.kill(os.getpid(), 9)"
    for _ in range(3):
        assert worker(home, die).wait(WAIT) == -signal.SIGKILL
    assert not queue.work_one(home)
    assert (shown(job.id).state, shown(job.id).error["code"]) == ("failed", "job_given_up")


@pytest.mark.kills
def test_a_worker_that_is_told_to_end_puts_its_job_back(home: Home) -> None:
    job = queue.enqueue("retry", {"rows": []}, user=None)
    code = "import time\nfrom goldloop.jobs import tasks\ntasks.KINDS['retry'] = lambda *_: time.sleep(60)\nqueue.run(home)"
    running = worker(home, code)
    until = time.monotonic() + WAIT
    while shown(job.id).state == "queued" and time.monotonic() < until:
        time.sleep(0.1)
    running.send_signal(signal.SIGTERM)
    assert running.wait(WAIT) == 0
    assert (shown(job.id).state, shown(job.id).stops) == ("queued", 0)
