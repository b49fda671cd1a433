"""Which Parquet files make up the lake of a home, as the peers get them.

python -m benchmarks.reports.files HOME        prints them as JSON
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

TABLES = ("orders", "order_lines", "products", "visits")


def files(home: str | Path) -> dict[str, list[str]]:
    """Paths of the fact tables that the reports read, and of the stores."""
    import goldloop

    snapshot = goldloop.open(home).snapshot()
    return {**{name: snapshot.files(f"facts/{name}") for name in TABLES}, "stores": snapshot.files("ref/stores")}


if __name__ == "__main__":
    print(json.dumps(files(sys.argv[1])))
