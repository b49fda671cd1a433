"""Sending waves by a gateway: each message once, checked again on the way, within the hours, to nowhere but the gateway."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.apps.waves import code_of
from tests.jobs.test_waves import Shop, with_consent

from goldloop import settings
from goldloop.core.wave import next_hour, read_hours
from goldloop.home import Home
from goldloop.jobs.gateway import Webhook, is_public
from goldloop.jobs.progress import Cancelled
from goldloop.settings import Gateway

NOON = datetime(2026, 6, 6, 4, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 6, 6, 13, tzinfo=UTC)
SECRET = "s" * 32


class Receiver:
    """A gateway for tests: keeps what it is handed, and answers as it is told."""

    def __init__(self) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.calls.append((dict(self.headers), body))
                if outer.status == 0:  # breaks off after it took everything
                    return
                self.send_response(outer.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/in"

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def to(self) -> list[str]:
        return [one["to"] for _, body in self.calls for one in json.loads(body)["messages"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def shop(home: Home, tmp_path: Path) -> Shop:
    from goldloop.apps.campaigns import api as campaigns

    folder = tmp_path / "shop"
    folder.mkdir()
    made = Shop(home, folder)
    made.contacts(with_consent(60))
    campaigns.rules_set(given={"signature": "金环"})
    return made


def checked(shop: Shop, **said: str) -> int:
    id = shop.wave(reach="A", touch="sms", text="满100减20", **said)
    shop.check(id)
    return id


def send(shop: Shop, receiver: Receiver, id: int, *, now: datetime = NOON, way: str = "sms", **more: Any) -> Any:
    from goldloop.jobs.wave_outbox import wave_send

    sender = Webhook(Gateway(way, receiver.url, SECRET, True))
    more = {"merged": {}, **more}
    return wave_send(shop.home, shop.viewer, id, sender, clock=lambda: now, **more)


def test_each_message_goes_out_once_and_signed(shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goldloop.jobs.wave_outbox.BATCH", 20)
    id = checked(shop)
    told = send(shop, receiver, id)["messages"]
    assert told["sent"] == len(receiver.to()) == len(set(receiver.to())) > 20 and told["waiting"] == 0
    headers, body = receiver.calls[0]
    signed = hmac.new(SECRET.encode(), f"{headers['X-Goldloop-Timestamp']}.".encode() + body, hashlib.sha256)
    assert headers["X-Goldloop-Signature"] == f"sha256={signed.hexdigest()}" and headers["Idempotency-Key"]
    first = json.loads(body)["messages"][0]
    assert first["text"] == "【金环】满100减20 拒收请回复R" and (first["off"], first["wave"]) == ("20.00", id)
    calls = len(receiver.calls)
    assert send(shop, receiver, id)["messages"] == told and len(receiver.calls) == calls
    assert code_of(shop.export, id) == "wave_by_gateway"
    assert code_of(send, shop, receiver, id, way="webhook") == "wave_by_file"


def test_who_stopped_or_was_merged_meanwhile_is_left_out(
    shop: Shop, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.apps.campaigns import api as campaigns

    monkeypatch.setattr("goldloop.jobs.wave_outbox.BATCH", 5)
    id = checked(shop)

    def stop(stage: str, file: str, done: int | None = None, total: int | None = None) -> None:
        if done:
            raise Cancelled

    assert code_of(send, shop, receiver, id, progress=stop) == "job_cancelled"
    assert campaigns.message_counts(id=id)["sent"] == 5
    left = [one.person for one in campaigns.messages(id=id, state="waiting", limit=100)]
    held = next(person for person, _, out, _ in campaigns.drawn(id=id) if out)
    name = {key: name for name, key in shop.keys.items()}[left[0]]
    shop.contacts([f"{name},139{int(name.removeprefix('buyer')):08d},2026-04-01,form,2026-06-05"])
    merged = {key: min(pair) for pair in ((left[1], left[2]), (left[3], held)) for key in pair}
    told = send(shop, receiver, id, merged=merged)["messages"]
    assert told["left_out"] == 3 and told["sent"] == sum(told.values()) - 3
    from goldloop.apps.campaigns.models import Message

    reasons = sorted(Message.objects.filter(state="left_out").values_list("reason", flat=True))
    assert reasons == ["held_out", "merged", "stopped"]


def test_a_killed_worker_sends_nobody_twice(shop: Shop, receiver: Receiver) -> None:
    from goldloop.apps.campaigns import api as campaigns

    id = checked(shop)

    class Killed(BaseException):
        """What the end of a process looks like from inside."""

    class Dies(Webhook):
        def send(self, key: str, messages: Any, *, moment: int) -> None:
            super().send(key, messages, moment=moment)
            raise Killed

    from goldloop.jobs.wave_outbox import wave_send

    sender = Dies(Gateway("sms", receiver.url, SECRET, True))
    with pytest.raises(Killed):
        wave_send(shop.home, shop.viewer, id, sender, merged={}, clock=lambda: NOON)
    assert campaigns.message_counts(id=id)["sending"] == len(receiver.to())
    told = send(shop, receiver, id)["messages"]
    assert told["unclear"] == len(receiver.to()) == len(set(receiver.to())) and told["sent"] == 0


@pytest.mark.parametrize(
    ("status", "code", "state"),
    [
        (0, "gateway_unclear", "unclear"), (503, "gateway_failed", "unclear"), (401, "gateway_answer", "waiting"),
        (302, "gateway_answer", "waiting"), (422, "", "failed"),
    ],
)  # fmt: skip
def test_what_an_answer_means(shop: Shop, receiver: Receiver, status: int, code: str, state: str) -> None:
    from goldloop.apps.campaigns import api as campaigns

    id, receiver.status = checked(shop), status
    if code:
        assert code_of(send, shop, receiver, id) == code
    else:
        send(shop, receiver, id)
    counts = campaigns.message_counts(id=id)
    assert counts[state] == sum(counts.values()) and len(receiver.calls) == 1
    receiver.status = 200
    told = send(shop, receiver, id)["messages"]
    assert len(receiver.calls) == (2 if state == "waiting" else 1) and told["sent"] == (
        counts[state] if state == "waiting" else 0
    )


def test_it_waits_for_the_hours(shop: Shop, receiver: Receiver) -> None:
    id = checked(shop)
    told = send(shop, receiver, id, now=NIGHT)
    assert told["messages"] == {} and told["waits_until"] == "2026-06-07T09:00:00+08:00" and not receiver.calls
    assert code_of(send, shop, receiver, id, now=datetime(2026, 6, 5, 4, tzinfo=UTC)) == "wave_too_soon"
    assert code_of(send, shop, receiver, id, now=datetime(2026, 7, 5, 4, tzinfo=UTC)) == "wave_too_late"
    from goldloop.jobs.wave_outbox import sender, wave_send

    assert sender(None) is None
    assert code_of(wave_send, shop.home, shop.viewer, id, None, merged={}, clock=lambda: NOON) == "wave_no_gateway"
    sheet = shop.wave()
    assert code_of(send, shop, receiver, sheet) == "wave_not_by_gateway"


def test_reminders_go_the_same_way_to_who_has_not_bought(shop: Shop, receiver: Receiver) -> None:
    from tests.jobs.test_waves import SEND

    from goldloop.jobs.wave_files import wave_remind
    from goldloop.jobs.wave_outbox import reminder_put

    id = checked(shop)
    assert send(shop, receiver, id)["kind"] == "list"
    sent, sender = receiver.to(), Webhook(Gateway("sms", receiver.url, SECRET, True))
    assert code_of(send, shop, receiver, id, kind="reminder") == "wave_by_file"  # nobody has put them yet
    buyer = int(sent[0].removeprefix("139"))
    shop.orders.append(shop.order(buyer, SEND, 5000))
    shop.last = SEND
    for _ in range(2):
        reminder_put(shop.ask(), shop.home, shop.viewer, id, sender, merged={}, moment=NOON)
    told = send(shop, receiver, id, kind="reminder")["messages"]
    reminded = receiver.to()[len(sent) :]
    assert sorted(reminded) == sorted(sent[1:]) and told["sent"] == len(reminded)
    assert {"kind": "reminder", "campaign": f"GL-{id}"}.items() <= json.loads(receiver.calls[-1][1])["messages"][
        0
    ].items()
    assert code_of(wave_remind, shop.ask(), shop.home, shop.viewer, id, merged={}, moment=NOON) == "wave_by_gateway"


def test_a_job_that_waits_for_the_hours_holds_no_worker_and_goes_on_by_itself(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goldloop.apps.queue import api as jobs
    from goldloop.jobs import queue, tasks
    from goldloop.jobs.progress import Later

    until, calls = datetime(2026, 6, 7, 1, tzinfo=UTC), []

    def work(home: Home, job: Any, tell: Any) -> dict[str, Any]:
        calls.append(job.id)
        if len(calls) == 1:
            raise Later(until)
        return {}

    monkeypatch.setitem(tasks.KINDS, "wave_send", work)
    job = jobs.job_add(kind="wave_send", arguments={"wave": 1}, user=None, moment=NIGHT)
    for moment, begun in ((NIGHT, True), (NIGHT, False), (until, True), (until, False)):
        monkeypatch.setattr(
            "goldloop.jobs.queue.datetime", type("", (), {"now": staticmethod(lambda zone, at=moment: at)})
        )
        assert queue.work_one(shop.home) is begun
    assert calls == [job.id] * 2 and jobs.job_show(user=None, id=job.id).state == "done"


@pytest.mark.parametrize("text", ["", "9-20", "20:00-09:00", "09:00-24:00", "０９:00-10:00"])
def test_hours_are_hours(text: str) -> None:
    assert code_of(read_hours, text) == "wave_hours_bad"


def test_the_next_hour() -> None:
    hours = read_hours("09:00-20:00")
    day = datetime(2026, 6, 6, tzinfo=UTC)
    assert next_hour(day.replace(hour=8), hours) == day.replace(hour=9)
    assert next_hour(day.replace(hour=9), hours) is None
    assert next_hour(day.replace(hour=20), hours) == day.replace(day=7, hour=9)


# Names of the inside, as a resolver tells them; `rebound` has one address of the open internet and one of the inside.
NAMES = {
    "localtest.example": ["127.0.0.1"], "metadata.google.internal": ["169.254.169.254"], "rebound.example": ["8.8.8.8", "10.0.0.5"],
    "rebound6.example": ["2606:4700::1111", "::1"], "inside.example": ["192.168.7.7"], "cluster.local": ["10.96.0.1"],
    "10.0.0.1.nip.example": ["10.0.0.1"], "mapped.example": ["::ffff:10.0.0.1"],
}  # fmt: skip
PAYLOADS = (
    # loopback, however it is written
    "127.0.0.1", "127.0.0.1:8443", "127.8.9.1", "127.255.255.254", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1",
    "0x7F.1", "017700000001", "0177.0.0.1", "0177.0.0.01", "localhost", "LOCALHOST", "①②⑦.0.0.1", "127。0。0。1", "0", "0.0.0.0",
    "0.1.2.3", "0x0",
    # private networks
    "10.0.0.1", "10.255.255.255", "10.1", "167772161", "0xa000001", "012.0.0.1", "172.16.0.1", "172.31.255.255", "0xac100001",
    "192.168.0.1", "192.168.255.254", "3232235521", "0xc0a80001", "0300.0250.0.1", "192.168.1",
    # link-local and metadata of clouds
    "169.254.169.254", "169.254.170.2", "169.254.0.1", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518",
    "100.100.100.200", "192.0.0.192", "192.0.0.8",
    # shared, test, benchmark, group and broadcast
    "100.64.0.1", "100.127.255.254", "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "224.0.0.1", "239.255.255.250",
    "240.0.0.1", "255.255.255.255",
    # IPv6, alone and with an older address inside
    "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[fe80::1]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[100::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::ffff:a00:1]", "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b::10.0.0.1]", "[64:ff9b:1::a00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::]",
    "[2001:0:0:0:0:0:80ff:fffe]",
    # names
    *NAMES,
)  # fmt: skip


def test_there_are_80_payloads() -> None:
    assert len(set(PAYLOADS)) == len(PAYLOADS) >= 80


@pytest.mark.parametrize("host", PAYLOADS)
def test_nothing_is_connected_to_on_the_inside(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """SEC-08: whatever a name or number is written like, no connection is begun to an address of the inside."""

    def resolved(name: str, port: int, **more: Any) -> Any:
        return [(0, 0, 0, "", (one, port)) for one in NAMES[name]] if name in NAMES else real(name, port, **more)

    real, tried = socket.getaddrinfo, []
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setattr(socket, "create_connection", lambda address, **_: tried.append(address))
    sender = Webhook(Gateway("webhook", f"https://{host}/latest/meta-data/", SECRET, False))
    assert code_of(sender.send, "k", [], moment=1) == "gateway_private" and tried == []


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"])
def test_the_open_internet_is_reached(address: str) -> None:
    assert is_public(address)


def test_nobody_listens() -> None:
    sender = Webhook(Gateway("sms", "http://127.0.0.1:1/", SECRET, True))
    assert code_of(sender.send, "k", [], moment=1) == "gateway_unreachable"


@pytest.mark.parametrize(
    "said",
    [
        {"SENDER": "pigeon"}, {"SENDER_URL": "http://gate.example.com/"}, {"SENDER_URL": "https://u:p@gate.example.com/"},
        {"SENDER_URL": "https://gate.example.com/a b"}, {"SENDER_URL": "http://127.0.0.1/"}, {"SENDER_SECRET": "short"},
        {"SENDER_URL": "https://gate.example.com:x/"}, {"SENDER_PRIVATE": "yes"},
    ],
)  # fmt: skip
def test_settings_of_the_gateway(said: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"SENDER": "sms", "SENDER_URL": "https://gate.example.com/in", "SENDER_SECRET": SECRET}
    for name, value in good.items():
        monkeypatch.setenv(f"GOLDLOOP_{name}", value)
    assert settings.gateway() == Gateway("sms", "https://gate.example.com/in", SECRET, False)
    for name, value in said.items():
        monkeypatch.setenv(f"GOLDLOOP_{name}", value)
    assert code_of(settings.gateway) == "setting_bad"
    monkeypatch.setenv("GOLDLOOP_SENDER", "file")
    assert settings.gateway() is None
