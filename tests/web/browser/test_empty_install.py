"""From nothing to figures in a real browser: first value, bad rows, an unknown file, double clicks, hostile words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
HEADER = '"订单编号","买家会员名","买家应付货款","总金额","买家实际支付金额","订单状态","收货地址 ","订单创建时间","订单付款时间 ","宝贝标题 ","宝贝总数量"'
EVENTS = ("onerror", "onload", "onclick", "onfocus", "ontoggle", "onanimationstart", "onpointerenter", "onbegin")
TAGS = ("img src=x", "svg", "video src=x", "input autofocus", "marquee", "object data=x", "style")
PAYLOADS = (
    *(f"<{tag} {event}=hacked=1>" for tag in TAGS for event in EVENTS),
    "<script>hacked=1</script>",
    "<img src=x onerror=hacked=1>",
    "<svg onload=hacked=1>",
    "'-hacked=1-'",
    "</script><script>hacked=1</script>",
    "javascript:hacked=1",
    "<a href=javascript:hacked=1>x</a>",
    "<iframe srcdoc='<script>top.hacked=1</script>'>",
    "<details open ontoggle=hacked=1>",
    "{{ request.user.password }}{% debug %}",
    "<input autofocus onfocus=hacked=1>",
    "<style>@import 'x'</style><body onload=hacked=1>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=hacked=1>",
    "<!--><img src=x onerror=hacked=1>",
    "${hacked=1}`;hacked=1;//",
    "\u2028hacked=1\u2028",
)
WORD = "<img src=x onerror=hacked=1>"


def orders(path: Path, *, first: int = 0, titles: Sequence[str] = ("亚麻衬衫",) * 12, bad: Sequence[int] = ()) -> Path:
    """A Taobao export in GBK of an order a day; the numbered rows have an amount that is typed wrongly."""
    lines = [HEADER]
    for n, title in enumerate(titles):
        paid, day = "1,2O9.00" if n in bad else "199.00", f"2026-10-{1 + n % 28:02d}"
        cells = [
            f'="36000000{first + n:012d}"',
            f"会员{n}{title}",
            "199.00",
            "199.00",
            paid,
            "交易成功",
            "浙江省 杭州市",
        ]
        cells += [f"{day} 10:00:01", f"{day} 10:00:30", title, "1"]
        lines.append(",".join(cells[:1] + ['"' + cell.replace('"', '""') + '"' for cell in cells[1:]]))
    path.write_bytes("\n".join(lines).encode("gb18030"))
    return path


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    raise AssertionError(f"Tab does not reach {selector}")


def test_first_value_and_bad_rows_by_keyboard_alone(
    empty_install: str, visit: Callable[..., Any], tmp_path: Path
) -> None:
    """UX-06, UX-02: log-in to the first tree with a file of one's own in three presses; then the rows that were left."""
    page = visit(empty_install)
    tab_to(page, "#store-name")
    page.keyboard.type("小店一号")
    tab_to(page, "#upload-files")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(orders(tmp_path / "订单.csv", bad=(3, 7)))
    tab_to(page, ".upload .row button")
    page.keyboard.press("Enter")
    page.wait_for_selector(".receipt")
    tab_to(page, "button.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=看今日")
    tab_to(page, "a.primary")
    page.keyboard.press("Enter")
    page.wait_for_selector(".tree")

    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/data")
    page.goto(f"{empty_install}/data/quarantine")
    assert page.locator("[data-row]").count() == 2
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.keyboard.type("1209.00")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-row] .badge.good")
    page.reload()
    assert page.locator("[data-row]").count() == 1
    tab_to(page, ".bad-head a")
    page.keyboard.press("Enter")
    page.wait_for_selector("#f1:focus")
    page.keyboard.type("1209.00")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note.good, .fates")
    page.goto(f"{empty_install}/data/quarantine")
    assert page.locator("[data-row]").count() == 0


def test_a_file_that_nobody_knows(empty_install: str, visit: Callable[..., Any], tmp_path: Path) -> None:
    """Its columns are chosen, tried on the first rows as they are, and the next such file is recognised."""
    lines = [f"{{0}}{n},u{n % 3},杯子,{1 + n % 2},{9 + n}.50,2026-10-{1 + n:02d} 12:00:00" for n in range(20)]
    text = "\n".join(["流水,客官,东西,几个,多少钱一个,啥时候", *lines]) + "\n"
    first, second = tmp_path / "自家ERP.csv", tmp_path / "下一份.csv"
    first.write_text(text.replace("{0}", "A"), "utf-8")
    second.write_text(text.replace("{0}", "B"), "utf-8")
    page = visit(empty_install, "/data")
    page.set_input_files("#upload-files", first)
    page.click("text=上传并检查")
    page.wait_for_url("**/columns/0")  # nothing else can be done with it
    for number, name in enumerate(["order_id", "buyer_key", "quantity", "title", "unit_price", "placed_at"]):
        page.locator("select[name=field]").nth(number).select_option(name)
    page.wait_for_selector("#attempt .badge.bad")  # a name where a number belongs
    page.locator("select[name=field]").nth(2).select_option("title")
    page.locator("select[name=field]").nth(3).select_option("quantity")
    page.wait_for_selector("#attempt .badge.good:has-text('20')")
    page.click("text=按此检查整个文件")
    page.click("button.primary:has-text('导入')")
    page.wait_for_selector("text=看今日")
    page.goto(f"{empty_install}/data")
    page.set_input_files("#upload-files", second)
    page.click("text=上传并检查")
    page.wait_for_selector("button.primary:has-text('导入')")
    assert "自家ERP" in page.inner_text(".receipt-head")


def test_a_second_click_is_the_same_import(empty_install: str, visit: Callable[..., Any], tmp_path: Path) -> None:
    """REL-12: the button pressed twice leads to one import, and going back finds nothing to press."""
    page = visit(empty_install, "/data")
    page.set_input_files("#upload-files", orders(tmp_path / "两次.csv", first=100))
    page.click("text=上传并检查")
    page.wait_for_selector("button.primary:has-text('导入')")
    looked = page.url
    page.dblclick("button.primary:has-text('导入')")
    page.wait_for_selector("text=看今日")
    page.goto(looked)
    assert page.locator("button.primary:has-text('导入')").count() == 0
    page.goto(f"{empty_install}/data")
    assert page.locator("#imports a:has-text('两次.csv')").count() == 1


def test_words_of_files_never_run(empty_install: str, visit: Callable[..., Any], tmp_path: Path) -> None:
    """SEC-09: scripts as product, buyer, file and column names stay words on every page that shows them."""
    file = orders(tmp_path / "<img src=x onerror=hacked=1>.csv", first=200, titles=PAYLOADS)
    page = visit(empty_install, "/data")
    page.set_input_files("#upload-files", [file, _unknown(tmp_path)])
    page.click("text=上传并检查")
    page.wait_for_selector("a:has-text('对应列')")
    shown = [page.url, page.get_attribute("a:has-text('对应列')", "href")]
    page.click("button.primary:has-text('导入')")
    page.wait_for_selector("text=看今日")
    days = "from=2026-10-01&to=2026-10-31"
    shown += [
        page.url,
        "/data",
        f"/explore?by=product&{days}",
        f"/why?by=product&{days}",
        f"/rows?{days}",
        f"/daily?{days}",
    ]
    for address in shown:
        page.goto(address if address.startswith("http") else f"{empty_install}{address}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof window.hacked") == "undefined", address
    page.goto(f"{empty_install}/explore?by=product&{days}")
    assert "onerror=hacked=1" in page.inner_text("main")


def _unknown(folder: Path) -> Path:
    file = folder / "strange.csv"
    head = ",".join(f'"{one}"' for one in PAYLOADS if '"' not in one)
    file.write_text(f"{head}\n{head}\n", "utf-8")
    return file


def test_words_of_people_never_run(empty_install: str, visit: Callable[..., Any]) -> None:
    """SEC-09: nor do those that are typed: names of plans, events, views, units and people, annotations and remarks."""
    page = visit(empty_install, "/data")
    token = next(one["value"] for one in page.context.cookies() if one["name"] == "csrftoken")
    phase = {"phase_kind": "sale", "phase_from": "2026-10-05", "phase_to": "2026-10-07", "phase_name": WORD}
    phase |= {"phase_opens": "", "phase_closes": ""}

    def send(path: str, **said: str) -> str:
        answer = page.request.post(f"{empty_install}{path}", form={**said, "csrfmiddlewaretoken": token})
        assert answer.status == 200, (path, answer.status)
        return str(answer.url)

    days = {"from": "2026-10-05", "to": "2026-10-06"}
    plan = send("/plan/keep", period="2026-10", gmv="9000", buyer_value="90", name=WORD, note=WORD, of="1")
    send(f"{plan.removeprefix(empty_install)}/comments", text=WORD, seen="1")
    event = send("/calendar/new", name=WORD, kind="store", owner="operations", target="9", hypothesis=WORD, **phase)
    send("/notes", text=WORD, next="/", **days)
    send("/explore/views", name=WORD, query=f"by=product&{'&'.join(f'{k}={v}' for k, v in days.items())}")
    send("/settings/organisation/units", name=WORD, parent="1")
    send("/settings/people/invite", name=WORD, role="operator", where="store:1")
    places = ("/?from=2026-10-05&to=2026-10-06", "/explore", "/plan", "/calendar?month=2026-10")
    for address in (*places, plan, event, "/settings/organisation", "/settings/people", "/settings/audit"):
        page.goto(address if address.startswith("http") else f"{empty_install}{address}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("typeof window.hacked") == "undefined", address
        assert page.locator("img[src=x]").count() == 0, address
    assert WORD in page.goto(f"{empty_install}/settings/people").text().replace("&lt;", "<").replace("&gt;", ">")
