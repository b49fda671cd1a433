"""Bringing files through the browser: looked at first, imported on demand, hostile ones kept out (SEC-06, SEC-07)."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.working import home_of, imported, job_of, text_of, upload, uploads_of, work

Client = Callable[..., Any]
SAMPLES = Path(__file__).parents[1] / "data" / "samples"
NAMES = [
    "../../../etc/cron.d/x", "..\\..\\windows\\x.csv", "/etc/passwd", "C:\\boot.ini", "%2e%2e%2fx.csv", "a\x00b.csv",
    "con", "nul.csv", "." , "..", "a/../../b.csv", "\u202egnp.csv", "名" * 300 + ".csv", "a\nb.csv", "a;b.csv",
    "<img src=x onerror=alert(1)>.csv", "'; DROP TABLE x;--.csv", "～/x.csv", "....//....//x.csv", "x.csv:stream",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_uploads(group: Group) -> None:
    from goldloop.jobs import uploaded

    for path in uploaded.uploads(home_of(group)).iterdir():
        uploaded.drop(home_of(group), path.name)


@pytest.fixture
def browser(client_of: Client) -> Any:
    return client_of("operator")


def test_a_file_is_looked_at_and_imported_and_nothing_of_it_is_left(group: Group, browser: Any) -> None:
    answer = upload(browser, {"订单.csv": text_of(range(100, 110), bad=2)})
    assert answer.status_code == 302
    assert "queued" in job_of(answer.url).state and b"progress" in browser.get(answer.url).content
    assert [path.name for path in uploads_of(group)] == ["0"]
    assert uploads_of(group)[0].stat().st_mode & 0o077 == 0
    work(group)
    page = browser.get(answer.url, headers={"accept-language": "zh"}).content.decode()
    assert "订单.csv" in page and "实付" not in page and "可以导入" in page
    assert "buyer-W100" not in page  # a buyer is never shown
    assert "12" in page  # rows read
    asked = browser.post(f"{answer.url}/import")
    assert browser.post(f"{answer.url}/import").url == asked.url  # a second click is the same wish
    work(group)
    outcome = job_of(asked.url).result["outcomes"][0]["receipts"][0]
    assert (outcome["new"], outcome["quarantined"], outcome["file"]) == (10, 2, "订单.csv")
    assert uploads_of(group) == []
    shown = browser.get(asked.url).content.decode()
    assert f"/data/imports/{outcome['id']}" in shown
    again = browser.get(answer.url)
    assert again.status_code == 200 and b'name="files"' not in again.content  # the look says that its files are gone


def test_the_same_file_again_changes_nothing(group: Group, browser: Any) -> None:
    files: dict[str, bytes | str] = {"again.csv": text_of(range(200, 205))}
    first = imported(browser, group, files)["outcomes"][0]["receipts"][0]
    second = imported(browser, group, files)["outcomes"][0]["receipts"][0]
    assert (first["new"], second["new"], second["repeated"], second["id"]) == (5, 0, True, first["id"])


def test_a_cancelled_look_is_taken_up_again_and_imported_once(group: Group, browser: Any) -> None:
    """REL-12: cancel and again from the page; the same wish twice is one job with one receipt."""
    look = upload(browser, {"waits.csv": text_of(range(700, 704))}).url
    assert browser.post(f"{look}/cancel").status_code == 302
    work(group)
    assert job_of(look).state == "cancelled"
    assert f"{look}/again" in browser.get(look).content.decode()
    assert browser.post(f"{look}/again")["Location"] == look
    work(group)
    first, second = (browser.post(f"{look}/import")["Location"] for _ in range(2))
    work(group)
    assert first == second == browser.post(f"{look}/import")["Location"]
    assert job_of(first).result["outcomes"][0]["receipts"][0]["new"] == 4
    assert browser.post(f"{first}/again").status_code == 409 and browser.post(f"{first}/cancel").status_code == 409


def test_several_files_come_at_once_and_one_that_nobody_knows_keeps_none_out(group: Group, browser: Any) -> None:
    answer = upload(browser, {"good.csv": text_of(range(300, 303)), "strange.csv": "甲,乙\n1,2\n"})
    work(group)
    page = browser.get(answer.url).content.decode()
    assert "good.csv" in page and "format_unknown" in page and f"{answer.url}/columns/1" in page
    result = browser.post(f"{answer.url}/import")
    work(group)
    good, strange = job_of(result.url).result["outcomes"]
    assert good["receipts"][0]["new"] == 3 and strange["error"]["code"] == "format_unknown"


def test_a_store_is_named_by_its_id_and_anothers_is_like_none(group: Group, client_of: Client) -> None:
    browser = client_of("operator")
    files: dict[str, bytes | str] = {"x.csv": text_of(range(400, 402))}
    errors = []
    for id in (group.stores["Theirs"], 999_999):
        answer = upload(browser, files, store=str(id))
        work(group)
        page = browser.get(answer.url).content.decode()
        errors.append(page.count("store_unknown"))
        assert "Theirs" not in page
    assert errors[0] == errors[1] > 0


def test_a_new_store_needs_the_whole_group(group: Group, client_of: Client) -> None:
    new = {"store": "new", "store_name": "Third", "store_platform": "tmall"}
    answer = upload(client_of("operator"), {"x.csv": text_of(range(2))}, **new)
    assert (answer.status_code, b"group_right_needed" in answer.content) == (403, True)
    answer = upload(client_of("group owner"), {"x.csv": text_of(range(500, 503), store="Third")}, **new)
    work(group)
    assert "Third" in client_of("group owner").get(answer.url).content.decode()


def test_a_new_store_on_the_wrong_platform_is_put_right_beside_the_file(group: Group, client_of: Client) -> None:
    """Nothing is loaded of it, so no row was read by its platform; later it cannot be changed."""
    from goldloop.apps.shops import api as shops

    owner = client_of("group owner")
    new = {"store": "new", "store_name": "Fourth", "store_platform": "taobao"}
    looked = upload(owner, {"jd_orders.csv": (SAMPLES / "jd_orders.csv").read_bytes()}, **new)
    work(group)
    store = shops.store_by_name(name="Fourth")
    page = owner.get(looked.url).content.decode()
    assert 'name="correct" value="jd"' in page and "store_other_platform" in page
    assert "a file of JD, but the store ‘Fourth’ is on Taobao." in page
    said = {"store": str(store.id), "correct": "jd"}
    assert client_of("operator").post(f"{looked.url}/look", said).status_code == 404
    again = owner.post(f"{looked.url}/look", said)
    work(group)
    assert shops.store_by_name(name="Fourth").platform == "jd"
    assert "store_other_platform" not in owner.get(again.url).content.decode()
    owner.post(f"{again.url}/import")
    work(group)
    refused = owner.post(f"{again.url}/look", {"store": str(store.id), "correct": "tmall"})
    assert refused.status_code in (400, 404) and shops.store_by_name(name="Fourth").platform == "jd"
    used = upload(owner, {"x.csv": text_of(range(3))}, store=str(store.id), correct="tmall")
    assert used.status_code == 400 and b"store_used" in used.content


def test_nobody_elses_upload_can_be_seen_imported_or_dropped(group: Group, client_of: Client) -> None:
    mine = upload(client_of("operator"), {"mine.csv": text_of(range(600, 602))}).url
    work(group)
    other, missing = client_of("finance"), "/data/jobs/999999"
    for path in ("", "/columns/0"):
        assert other.get(mine + path).status_code == other.get(missing + path).status_code == 404
    for path in ("/import", "/look", "/drop", "/cancel", "/again", "/columns/0", "/columns/0/try"):
        assert other.post(mine + path).status_code == other.post(missing + path).status_code == 404
    assert uploads_of(group)
    client_of("operator").post(f"{mine}/drop")


def test_a_name_is_only_a_label(group: Group, browser: Any) -> None:
    before = files_outside(group)
    answer = upload(browser, dict.fromkeys(NAMES, "a,b\n1,2\n"))
    labels = [file["label"] for file in job_of(answer.url).arguments["files"]]
    assert len(labels) > 15  # one that is no name at all is no file
    for label in labels:
        assert "/" not in label and "\\" not in label and label.isprintable() and 0 < len(label) <= 200
    assert sorted(path.name for path in uploads_of(group)) == sorted(map(str, range(len(labels))))
    work(group)
    page = browser.get(answer.url).content.decode()
    assert "<img src=x" not in page and "&lt;img src=x" in page
    browser.post(f"{answer.url}/drop")
    assert uploads_of(group) == [] and files_outside(group) == before


def files_outside(group: Group) -> set[str]:
    """Files around the home that an upload must not touch."""
    found = (path for path in group.root.parent.rglob("*") if path.is_file() and "uploads" not in path.parts)
    return {str(path) for path in found if "sqlite" not in path.name and "locks" not in path.parts}


def packed(inner: bytes, name: str = "x.csv") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, inner)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bomb.zip", packed(b"0" * 60_000_000)),
        ("nested.zip", packed(packed(b"a,b\n1,2\n"), "x.zip")),
        ("slip.zip", packed(b"a,b\n1,2\n", "../../x.csv")),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 500),
        ("page.svg", b"<svg onload='alert(1)'/>"),
        ("entities.xml", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
        ("broken.xlsx", packed(b"no workbook", "xl/workbook.xml")),
        ("empty.csv", b""),
        ("zeros.csv", b"\0" * 5000),
    ],
)
def test_what_is_no_export_is_refused_and_others_go_on(group: Group, browser: Any, name: str, content: bytes) -> None:
    began = time.process_time()
    answer = upload(browser, {name: content, "good.csv": text_of(range(3))})
    work(group)
    page = browser.get(answer.url)
    assert page.status_code == 200 and b"Traceback" not in page.content
    assert time.process_time() - began < 5
    assert job_of(answer.url).result == {"files": 2, "ready": 1}
    browser.post(f"{answer.url}/drop")


def test_too_much_is_refused_while_it_comes_and_nothing_is_kept(
    group: Group, browser: Any, settings_limit: int
) -> None:
    answer = upload(browser, {"large.csv": b"x" * (settings_limit + 1)})
    assert (answer.status_code, b"upload_too_large" in answer.content) == (413, True)
    assert uploads_of(group) == []


@pytest.fixture
def settings_limit(monkeypatch: pytest.MonkeyPatch) -> int:
    from django.conf import settings

    monkeypatch.setattr(settings, "UPLOAD_LIMIT", 100_000)
    return 100_000


def test_space_for_uploads_is_limited(group: Group, browser: Any, settings_limit: int) -> None:
    for number in range(9):
        upload(browser, {f"{number}.csv": b"x" * 95_000})
    answer = upload(browser, {"more.csv": b"x"})
    assert (answer.status_code, b"uploads_full" in answer.content) == (429, True)
    work(group)


def test_no_other_page_takes_files_and_nobody_without_the_right(group: Group, client_of: Client, browser: Any) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    file = {"files": SimpleUploadedFile("x.csv", b"a,b\n1,2\n")}
    assert browser.post("/language", {**file, "lang": "en"}).status_code == 302
    assert client_of().post("/data/upload", {"files": SimpleUploadedFile("x.csv", b"a,b\n")}).status_code == 302
    assert client_of("operator", csrf=True).post("/data/upload", {"files": SimpleUploadedFile("x.csv", b"a")}).status_code == 403  # fmt: skip
    assert browser.post("/data/upload", {}).status_code == 400


def test_a_file_that_nobody_knows_is_described_and_known_from_then_on(group: Group, client_of: Client) -> None:
    browser = client_of("group owner")
    lines = [f"A{n},u{n % 3},cup,{1 + n % 2},{9 + n}.50,2026-03-0{1 + n % 5} 12:00:00" for n in range(20)]
    text = "\n".join(["流水,客官,东西,几个,多少钱一个,啥时候", *lines]) + "\n"
    look = upload(browser, {"自家.csv": text}, store=str(group.stores["Ours"])).url
    work(group)
    assert browser.get(look).url == f"{look}/columns/0", "nothing else can be done with it"
    assert "format_unknown" in browser.get(f"{look}?stay").content.decode()
    page = browser.get(f"{look}/columns/0").content.decode()
    assert "流水" in page
    columns = ["流水", "客官", "东西", "几个", "多少钱一个", "啥时候"]
    fields = ["order_id", "buyer_key", "title", "quantity", "unit_price", "placed_at"]
    sent = {"kind": "orders", "column": columns, "field": fields, "title": "自家ERP"}
    tried = browser.post(f"{look}/columns/0/try", sent).content.decode()
    assert "20" in tried and "badge good" in tried
    lacking = browser.post(f"{look}/columns/0/try", {**sent, "field": ["", *fields[1:]]}).content.decode()
    assert "field_needed" in lacking
    wrong = ["order_id", "buyer_key", "quantity", "title", "unit_price", "placed_at"]
    assert "badge bad" in browser.post(f"{look}/columns/0/try", {**sent, "field": wrong}).content.decode()
    again = browser.post(f"{look}/columns/0", sent).url
    work(group)
    asked = browser.post(f"{again}/import").url
    work(group)
    receipt = job_of(asked).result["outcomes"][0]["receipts"][0]
    assert (receipt["profile"], receipt["new"]) == ("自家ERP", 20)
    later = imported(browser, group, {"自家二.csv": text.replace("A", "B")}, store=str(group.stores["Ours"]))
    assert later["outcomes"][0]["receipts"][0]["profile"] == "自家ERP"
