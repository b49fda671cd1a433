"""Bad rows in the browser: grouped, put right one by one and all alike, set aside, downloaded and brought back mended."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.web.conftest import PHONE, Group
from tests.web.working import home_of, imported, job_of, text_of, work

Client = Callable[..., Any]


@pytest.fixture
def browser(client_of: Client) -> Any:
    return client_of("operator")


@pytest.fixture
def rows(group: Group, browser: Any) -> Iterator[list[int]]:
    """Ids of three rows that fail alike; what is left of their import is taken back afterwards."""
    from goldloop.shop import Shop

    number = 5000 + 10 * len(list(group.root.rglob("*.parquet")))
    text = text_of(range(number, number + 2), bad=3).replace("WB", f"WB{number}-")
    receipt = imported(browser, group, {f"{number}.csv": text})["outcomes"][0]["receipts"][0]
    shop = Shop(home_of(group))
    yield [row.id for row in shop.quarantine(import_id=receipt["id"])]
    shop.import_undo([receipt["id"]])


def test_rows_are_grouped_and_said_in_words(group: Group, browser: Any, rows: list[int]) -> None:
    browser.cookies["lang"] = "zh"
    page = browser.get("/data/quarantine").content.decode()
    assert "不是数字" in page and "1,2O9" in page and f'href="/data/quarantine/{rows[0]}"' in page
    like = f"/data/quarantine?like={rows[0]}&column=单价&code=bad_number"
    assert f'data-row="{rows[0]}"' in browser.get(like).content.decode()
    empty = browser.get("/data/quarantine?state=ignored").content.decode()
    assert "没有符合的行" in empty


def test_one_row_is_put_right(group: Group, browser: Any, rows: list[int]) -> None:
    asked = browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:单价": "1209", "alike": ""})
    assert "1209" not in str(job_of(asked.url).arguments)  # what it is corrected to may name a person
    work(group)
    assert job_of(asked.url).result["fixed"] == 1
    assert not [path for path in (group.root / "uploads").rglob("values*")]
    page = browser.get(f"/data/quarantine/{rows[0]}").content.decode()
    assert "/fix" not in page
    late = browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:单价": "1"}).url
    work(group)
    assert job_of(late).error["code"] == "quarantine_not_open"


def test_all_alike_are_put_right_at_once(group: Group, browser: Any, rows: list[int]) -> None:
    page = browser.get(f"/data/quarantine/{rows[0]}").content.decode()
    assert 'value="reason"' in page
    part = browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:单价": "12.09", "alike": "value"}, headers={"HX-Request": "true"})  # fmt: skip
    assert b"?brief" in part.content and b"<html" not in part.content
    work(group)
    from goldloop.apps.queue import api as jobs

    job = jobs.job_list(user=group.people["operator"], kinds=["fix"])[0]
    assert job.result["fixed"] >= 3
    assert b"badge good" in browser.get(f"/data/jobs/{job.id}?brief").content


def test_what_does_not_help_is_said(group: Group, browser: Any, rows: list[int]) -> None:
    asked = browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:单价": "twelve"}).url
    work(group)
    assert job_of(asked).error["code"] == "fix_not_enough"
    assert "twelve" not in str(job_of(asked).error["given"])
    assert browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:nothing": "1"}).status_code == 400
    assert browser.post(f"/data/quarantine/{rows[0]}/fix", {"column:单价": "1", "alike": "all"}).status_code == 400


def test_rows_are_set_aside_for_a_reason(group: Group, browser: Any, rows: list[int]) -> None:
    assert browser.post(f"/data/quarantine/{rows[0]}/ignore", {"reason": " "}).status_code == 400
    assert browser.post(f"/data/quarantine/{rows[0]}/ignore", {"reason": "a test order"}).status_code == 302
    assert "a test order" in browser.get("/data/quarantine?state=ignored").content.decode()


def test_all_are_tried_again(group: Group, browser: Any, rows: list[int]) -> None:
    asked = browser.post("/data/quarantine/again", {"row": str(rows[0])}).url
    work(group)
    assert job_of(asked).result == {"fixed": 0, "open": 1, "receipts": []}


def test_bad_rows_are_downloaded_mended_and_brought_back(group: Group, browser: Any, rows: list[int]) -> None:
    import openpyxl

    from goldloop.shop import Shop

    import_id = Shop(home_of(group)).quarantine_show(rows[0]).import_id
    answer = browser.post("/data/quarantine/file", {"import": str(import_id)})
    assert answer.headers["Content-Disposition"].startswith("attachment")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    sheet = book.active
    heads = [cell.value for cell in sheet[1]]
    assert "买家" not in heads and "单价" in heads
    for number in range(2, sheet.max_row + 1):
        sheet.cell(number, heads.index("单价") + 1).value = "7.50"
    out = io.BytesIO()
    book.save(out)
    result = imported(browser, group, {"mended.xlsx": out.getvalue()})
    assert sum(receipt["new"] for receipt in result["outcomes"][0]["receipts"]) == 3


def test_personal_cells_are_covered_until_somebody_with_the_right_says_why(group: Group, client_of: Client) -> None:
    row = group.rows["Ours"]
    page = client_of("operator").get(f"/data/quarantine/{row}").content.decode()
    assert PHONE not in page and "/reveal" not in page
    assert client_of("operator").post(f"/data/quarantine/{row}/reveal", {"reason": "asked by phone"}).status_code == 403
    orders = client_of("orders")
    assert PHONE not in orders.get(f"/data/quarantine/{row}").content.decode()
    assert PHONE not in orders.post(f"/data/quarantine/{row}/reveal", {"reason": ""}).content.decode()
    assert PHONE in orders.post(f"/data/quarantine/{row}/reveal", {"reason": "buyer asked by phone"}).content.decode()


@pytest.mark.parametrize(("method", "path"), [("get", ""), ("post", "/fix"), ("post", "/ignore")])
def test_anothers_row_is_like_none(group: Group, browser: Any, method: str, path: str) -> None:
    sent = {"column:单价": "1", "reason": "because"} if method == "post" else {}
    theirs, missing = (
        getattr(browser, method)(f"/data/quarantine/{id}{path}", sent) for id in (group.rows["Theirs"], 999_999)
    )
    assert (theirs.status_code, missing.status_code) == (404, 404)
    assert browser.post("/data/quarantine/again", {"row": str(group.rows["Theirs"])}).status_code == 404


def test_lists_narrowed_to_anothers_store_or_row_are_like_none(group: Group, browser: Any) -> None:
    for query in (f"store={group.stores['Theirs']}", "store=999999", f"like={group.rows['Theirs']}&column=a&code=b"):
        assert browser.get(f"/data/quarantine?{query}").status_code == 404, query
    answer = browser.post("/data/quarantine/file", {"import": str(group.imports["Theirs"])})
    assert answer.status_code == 404
