"""What a person wrote into an export never lies readable in a home: not after imports, quarantine, refusals or kills."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from tests.jobs.mini import HEADER, goldloop, row, stock

from goldloop.core.errors import GoldloopError
from goldloop.home import Home
from goldloop.jobs import stops
from goldloop.shop import Shop

CANARIES = ("CANARYNAME王小明", "13912345678", "CANARYROAD 7号", "canary@example.com", "CANARYBUYER", "CANARYBAD")


def export(path: Path, *, rows: int = 6, header: str = HEADER) -> Path:
    """A file whose rows hold names, phones and addresses; one row's price is a word."""
    lines = [f"{header},收货人,联系电话,收货地址,邮箱"]
    for n in range(rows):
        cells = row(f"O{n}", price="CANARYBAD" if n == 1 else "9.90", buyer=f"CANARYBUYER{n}")
        lines.append(",".join([*map(str, cells), *CANARIES[:4]]))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def hits(home: Home) -> list[str]:
    """Files of the home that hold a canary, as text in any encoding or as a plain hash of one."""
    needles = [word.encode(encoding) for word in CANARIES for encoding in ("utf-8", "gb18030", "utf-16-le")]
    needles += [
        hash(word.encode()).hexdigest().encode()
        for word in CANARIES
        for hash in (hashlib.md5, hashlib.sha1, hashlib.sha256)
    ]
    files = [path for path in home.root.rglob("*") if path.is_file()]
    return [path.relative_to(home.root).as_posix() for path in files if any(n in path.read_bytes() for n in needles)]


@pytest.fixture
def shop(home: Home) -> Shop:
    stock(home)
    return Shop(home)


def test_nothing_readable_after_import_quarantine_and_refusal(shop: Shop, tmp_path: Path) -> None:
    shop.import_files([export(tmp_path / "a.csv")])
    waiting = shop.quarantine()[0]
    assert "CANARYBAD" in str(waiting.raw_row)  # it is there, but sealed
    shop.quarantine_fix(waiting.id, {"单价": "5"})
    shop.import_files([export(tmp_path / "b.csv", rows=9)])
    (tmp_path / "touches.csv").write_text(
        "campaign_id,buyer,kind\n8,CANARYBUYER1,sent\n8,canary@example.com,used\n", "utf-8"
    )
    shop.import_files([tmp_path / "touches.csv"], store="A")
    shop.quarantine_ignore([row.id for row in shop.quarantine()], "a test")
    for name, header in (("c.csv", HEADER.replace("数量", "unknown")), ("d.csv", HEADER.replace("订单号", "付款时间"))):
        with pytest.raises(GoldloopError):
            shop.import_files([export(tmp_path / name, header=header)])
    shop.import_undo([shop.imports()[0].id or 0])
    shop.figures(["gmv", "buyers"])
    assert hits(shop.home) == []


@pytest.mark.kills
@pytest.mark.parametrize("name", [n for n in (*stops.of("import"), *stops.of("fix"))])
def test_nothing_readable_after_a_kill(shop: Shop, tmp_path: Path, name: str) -> None:
    file = export(tmp_path / "a.csv")
    if name.startswith("fix."):
        shop.import_files([file])
        command = ["quarantine", "fix", str(shop.quarantine()[0].id), "--set", "单价=5"]
    else:
        command = ["import", str(file)]
    assert goldloop(shop.home, *command, GOLDLOOP_STOP_AT=name).returncode < 0
    assert hits(shop.home) == []
