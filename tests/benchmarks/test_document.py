"""The report says every line, and its page loads nothing from anywhere."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from benchmarks import charts, document
from benchmarks.line import NO_LIMIT, Line
from benchmarks.measure import Cost

KEPT = Line("a job", Cost(2, 3, 100), Cost(4, 4, 200), "cpu", 2.4, "0.6 x it")
BROKEN = Line("memory <of> it", Cost(2, 3, 300), Cost(4, 4, 200), "memory", 120, "0.6 x it")
FREE = Line("alone", Cost(2, 3, 100), None, "cpu", NO_LIMIT, "none")
RUN = document.Run(
    [KEPT, BROKEN, FREE], "2 cores", ["nothing"], ["a job: slower"], [{"job": "a job", "ratio": r} for r in (0.4, 0.5)]
)


def test_markdown_has_a_row_for_each_line() -> None:
    text = document.markdown(RUN)
    assert "| a job | 3.00 | 2.00 | 100 | 4.00 | 4.00 | 0.50 | 0.6 x it = 2.40 s CPU | yes |" in text
    assert "| 1.50 | 0.6 x it = 120.00 MiB | **no** |" in text
    assert "| alone | 3.00 | 2.00 | 100 |  |  |  | none |  |" in text
    assert "Slower than before:\n\n- a job: slower" in text


def test_the_page_carries_all_it_needs() -> None:
    page = document.page(RUN)
    assert "memory &lt;of&gt; it" in page and page.count("<svg") == 3  # two charts, one line of runs
    assert not re.search(r"(?:src|href)=|@import|url\(|<script", page)


def test_charts_are_well_formed_and_start_at_nothing() -> None:
    for chart in (
        charts.bars([("ours & co", 1.0), ("peer", 4.0)], "s", 2.0),
        charts.runs([0.5, 0.4, 0.6]),
        charts.runs([1.0]),
    ):
        ElementTree.fromstring(chart)
    widths = [float(w) for w in re.findall(r'<rect[^>]* width="([\d.]+)"', charts.bars([("a", 1.0), ("b", 4.0)], "s"))]
    assert widths[1] == 4 * widths[0]
