"""Today's page in a browser: seconds to its first paint (the median of some looks) and what it weighs, compressed.

    python benchmarks/paint.py HOME      prints both

The home is copied and served by the real command; every look but the first has the files of the page in its cache.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path

LOOKS = 9
FIRST_PAINT = """() => new Promise(seen => new PerformanceObserver(found => found.getEntriesByName('first-contentful-paint')
    .forEach(one => seen(one.startTime))).observe({type: 'paint', buffered: true}))"""
WEIGHT = """[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    .reduce((sum, one) => sum + one.transferSize, 0)"""


def main(home: str) -> None:
    """Weigh the first look, time the others."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
    import screenshots
    from playwright.sync_api import sync_playwright

    with screenshots.served(Path(home), filled=False) as (base, copy, _), sync_playwright() as play:
        browser = play.chromium.launch(executable_path=screenshots.CHROMIUM, args=screenshots.FLAGS)
        page = browser.new_context(storage_state=screenshots.sign_in(browser, base, copy)).new_page()
        page.goto(base)
        page.wait_for_selector(".chart svg")
        weight = page.evaluate(WEIGHT)
        paints = []
        for _ in range(LOOKS):
            page.reload()
            paints.append(page.evaluate(FIRST_PAINT) / 1000)
        browser.close()
    print(json.dumps({"paint": statistics.median(paints), "weight": weight}))


if __name__ == "__main__":
    main(*sys.argv[1:])
