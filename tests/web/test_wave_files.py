"""Files that come back for waves over the API: kept once, within limits, by who may; nothing stays of them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.test_waves import NOW, TOLD
from tests.web.working import home_of, upload

from goldloop.core.viewer import Viewer
from goldloop.core.wave import read_wave
from goldloop.web.api.once import REPLAYED

HEAD = "会员编号,手机号,话术,券面额,使用门槛,有效期至,原因,备注"


@pytest.fixture
def wave(group: Group) -> int:
    """A wave of the store Ours that went out to one person."""
    from goldloop.apps.campaigns import api as campaigns
    from goldloop.apps.campaigns.models import Drawn

    viewer = Viewer(stores=frozenset({group.stores["Ours"]}), name="Ann")
    said = {"name": "call", "audience": "lifecycle:lost", "send": "2025-03-06", "until": "2025-03-31", "touch": "call", "reach": "A", "text": "x"}  # fmt: skip
    id = campaigns.wave_new(
        viewer=viewer, stores=[group.stores["Ours"]], wave=read_wave(said, "CNY"), salt="s", moment=NOW
    ).id
    people = [("d" * 32, "", False), ("e" * 32, "", True)]
    campaigns.wave_check(viewer=viewer, id=id, number=1, people=people, told=TOLD)
    Drawn.objects.filter(wave=id, held=False).update(sent_on="2025-03-06")
    return id


def waiting(group: Group) -> int:
    from goldloop.jobs import uploaded

    return uploaded.waiting_bytes(home_of(group))


def test_answers_come_as_the_file_that_went_out(client_of: Any, group: Group, wave: int) -> None:
    browser, address = client_of("members"), f"/api/v1/waves/{wave}/reasons"
    before = waiting(group)
    rows = [
        f"{'d' * 12},139,x,0,0,2025-03-31,太贵,=1+1 请勿公开",
        f"{'e' * 12},139,x,0,0,2025-03-31,price,",
        f"{'0' * 12},,,,,,size,",
    ]
    for _ in range(2):  # the same file twice is the same answers
        told = upload(browser, {"back.csv": "\n".join([HEAD, *rows])}, f"{address}/file")
        assert told.status_code == 200, told.content
        assert (told.json()["kept"], told.json()["reasons"], told.json()["refused"]) == (
            1,
            {"price": 1},
            {"no_member": 2},
        )
    assert (
        browser.get(address).json()["reasons"] == {"price": 1}
        and "请勿公开" not in browser.get(address).content.decode()
    )
    assert waiting(group) == before, "no file stays"
    once = {"Idempotency-Key": "answers-1"}
    sent = [upload(browser, {"back.csv": "\n".join([HEAD, *rows])}, f"{address}/file", headers=once) for _ in range(2)]
    assert sent[0].json() == sent[1].json() and sent[1].headers[REPLAYED] == "true"


def test_a_list_of_contacts_is_kept_with_what_was_refused(client_of: Any, group: Group) -> None:
    rows = [
        "buyer,phone,consented_at,source,stopped_at",
        "a1,13900000001,2026-01-01,form,",
        "a2,13900000002,,orders,",
        "=cmd(),,,,",
    ]
    before = waiting(group)
    told = upload(client_of("members"), {"list.csv": "\n".join(rows)}, "/api/v1/waves/contacts", store="Ours")
    assert told.status_code == 200 and told.json()["phone"] == 1 and told.json()["refused"]["from_orders"] == 1
    assert "1390000" not in told.content.decode() and waiting(group) == before
    assert (
        upload(
            client_of("members"), {"list.csv": "\n".join(rows)}, "/api/v1/waves/contacts", store="Theirs"
        ).status_code
        == 404
    )
    for fields in ({}, {"store": "Ours", "more": "x"}):
        assert (
            upload(client_of("members"), {"list.csv": "buyer\na"}, "/api/v1/waves/contacts", **fields).status_code
            == 422
        )


def test_hostile_files_are_refused_and_nothing_is_kept(
    client_of: Any, group: Group, wave: int, monkeypatch: Any
) -> None:
    browser, address = client_of("members"), f"/api/v1/waves/{wave}/reasons"
    before, bomb = waiting(group), io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 30_000_000)
    line = f"{'d' * 12},price\n"
    monkeypatch.setattr("goldloop.jobs.wave_reasons.MOST_LINES", 100)
    files: list[tuple[dict[str, bytes | str], str]] = [
        ({"a.csv": "member,reason\n" + 101 * line}, "wave_lines_many"), ({"a.csv": "x,y\n1,2"}, "wave_answers_bad"),
        ({"a.csv": "member,reason\n" + line, "b.csv": "member,reason\n" + line}, "upload_one"), ({}, "upload_none"),
    ]  # fmt: skip
    for content, code in files:
        answer = upload(browser, content, f"{address}/file")
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    for hostile in (b"", b"\x00\xff\xfe" * 999, bomb.getvalue(), b"PK\x03\x04broken"):
        answer = upload(browser, {"../../etc/passwd.xlsx": hostile}, f"{address}/file")
        assert answer.status_code in (400, 413) and answer.json()["error"]["code"], answer.content
    assert upload(browser, {"a.csv": line}, f"{address}/file", other="x").status_code == 422
    monkeypatch.setattr("goldloop.web.uploads.upload_limit", lambda: 1000)
    answer = upload(browser, {"a.csv": "member,reason\n" + 200 * line}, f"{address}/file")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "upload_too_large")
    assert browser.get(address).json()["reasons"] == {} and waiting(group) == before


def test_who_may_not_brings_nothing_and_the_document_tells_of_both(client_of: Any, group: Group, wave: int) -> None:
    before, file = waiting(group), {"a.csv": f"member,reason\n{'d' * 12},price\n"}
    address = f"/api/v1/waves/{wave}/reasons/file"
    assert upload(client_of("analyst"), file, address).status_code == 403
    assert upload(client_of("analyst"), file, "/api/v1/waves/contacts", store="Ours").status_code == 403
    assert upload(client_of("members"), file, "/api/v1/waves/999999/reasons/file").status_code == 404
    assert (
        waiting(group) == before and client_of("members").get(f"/api/v1/waves/{wave}/reasons").json()["reasons"] == {}
    )
    paths = client_of("members").get("/api/v1/openapi.json").json()["paths"]
    for path, needed in (
        ("/api/v1/waves/{id}/reasons/file", ["files"]),
        ("/api/v1/waves/contacts", ["files", "store"]),
    ):
        said = paths[path]["post"]
        form = said["requestBody"]["content"]["multipart/form-data"]["schema"]
        assert form["required"] == needed and form["properties"]["files"]["items"]["format"] == "binary"
        assert said["x-right"] == "sign_members" and said["summary"]
