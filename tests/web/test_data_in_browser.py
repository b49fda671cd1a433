"""Two stories in a real browser: bad rows of a GBK file mended in the page, and a file that nobody knows described."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
WAIT = 40_000  # milliseconds that a busy machine may take
WORDS = "correct horse battery"
SETUP = """
import sys
from goldloop import home as homes
homes.create(sys.argv[1])
from goldloop.apps.shops import api
owner = api.owner()
owner.set_password(sys.argv[2])
owner.save()
"""
HEADER = '"订单编号","买家会员名","买家应付货款","总金额","买家实际支付金额","订单状态","收货地址 ","订单创建时间","订单付款时间 ","宝贝标题 ","宝贝总数量"'


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty install that is being served, with its worker."""
    import socket

    home = tmp_path_factory.mktemp("served") / "home"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GOLDLOOP_", "DJANGO_"))}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    subprocess.run([sys.executable, "-c", SETUP, str(home), WORDS], env=environment, check=True)
    serve = "import sys; from goldloop.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", serve, "--home", str(home), "serve", "--port", str(port)]
    with subprocess.Popen(command, env=environment, cwd=home.parent, stdout=subprocess.DEVNULL) as server:
        yield f"http://localhost:{port}"
        server.send_signal(signal.SIGTERM)
        server.wait(30)


@contextmanager
def signed_in(address: str) -> Iterator[Any]:
    """A page of the owner's; a script that fails or is forbidden fails the test."""
    import time

    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        context = browser.new_context(locale="zh-CN")
        context.set_default_timeout(WAIT)
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
        until = time.monotonic() + 60
        while True:
            try:
                page.goto(f"{address}/log-in")
                break
            except Error:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
        wrong.clear()  # of the time before the server answered
        page.fill("input[name=login]", "owner")
        page.fill("input[name=password]", WORDS)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "log-in" not in url)
        yield page
        browser.close()
    assert wrong == []


def orders(path: Path) -> Path:
    """A Taobao export in GBK with two rows whose amounts are typed wrongly."""
    lines = [HEADER]
    for number in range(12):
        paid = "1,2O9.00" if number in (3, 7) else "199.00"
        day = f"2026-10-{1 + number:02d}"
        lines.append(f'="3600000000000{number:04d}","会员{number}","199.00","199.00","{paid}","交易成功","浙江省 杭州市","{day} 10:00:01","{day} 10:00:30","亚麻衬衫","1"')  # fmt: skip
    path.write_bytes("\n".join(lines).encode("gb18030"))
    return path


def test_first_figures_and_bad_rows_mended(address: str, tmp_path: Path) -> None:
    """From log-in to the first tree with a file of one's own in six clicks; then the rows that were left, by keyboard."""
    with signed_in(address) as page:
        page.fill("#store-name", "小店一号")
        page.set_input_files("#upload-files", orders(tmp_path / "订单.csv"))
        page.click("text=上传并检查")  # 1
        page.click("button.primary:has-text('导入')")  # 2
        page.click("a.primary:has-text('看今日')")  # 3
        page.wait_for_selector(".tree")
        page.goto(f"{address}/data/quarantine")
        assert page.locator("[data-row]").count() == 2
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.keyboard.type("1209.00")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-row] .badge.good")
        page.reload()
        assert page.locator("[data-row]").count() == 1
        page.click(".bad-head a")
        page.fill("#f1", "1209.00")
        page.click("button.primary")
        page.wait_for_selector(".fates")
        page.goto(f"{address}/data/quarantine")
        assert page.locator("[data-row]").count() == 0


def test_a_file_that_nobody_knows(address: str, tmp_path: Path) -> None:
    """Its columns are chosen, tried on the first rows as they are, and the next such file is recognised."""
    lines = [f"{{0}}{n},u{n % 3},杯子,{1 + n % 2},{9 + n}.50,2026-10-{1 + n:02d} 12:00:00" for n in range(20)]
    text = "\n".join(["流水,客官,东西,几个,多少钱一个,啥时候", *lines]) + "\n"
    first, second = tmp_path / "自家ERP.csv", tmp_path / "下一份.csv"
    first.write_text(text.replace("{0}", "A"), "utf-8")
    second.write_text(text.replace("{0}", "B"), "utf-8")
    with signed_in(address) as page:
        page.goto(f"{address}/data")
        page.set_input_files("#upload-files", first)
        page.click("text=上传并检查")
        page.click("a:has-text('对应列')")
        for number, field in enumerate(["order_id", "buyer_key", "quantity", "title", "unit_price", "placed_at"]):
            page.locator("select[name=field]").nth(number).select_option(field)
        page.wait_for_selector("#attempt .badge.bad")  # a name where a number belongs
        page.locator("select[name=field]").nth(2).select_option("title")
        page.locator("select[name=field]").nth(3).select_option("quantity")
        page.wait_for_selector("#attempt .badge.good:has-text('20')")
        page.click("text=按此检查整个文件")
        page.click("button.primary:has-text('导入')")
        page.wait_for_selector("text=看今日")
        page.goto(f"{address}/data")
        page.set_input_files("#upload-files", second)
        page.click("text=上传并检查")
        page.wait_for_selector("button.primary:has-text('导入')")
        assert "自家ERP" in page.inner_text(".receipt-head")
