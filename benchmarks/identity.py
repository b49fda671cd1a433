"""Whose keys are one person's, for many rows of identities: the part of the lake that an import adds.

python benchmarks/identity.py ROWS FOLDER     makes a lake with ROWS identities (and as many orders), then tells persons
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

BUYERS_WITH_TWO = 4  # every so many buyers have an account in two stores and one phone for both


def identities(rows: int, folder: str) -> dict[str, Any]:
    """CPU seconds and memory (MiB) of `publish_persons`, and how many keys it found to be one person's with others."""
    from goldloop.core.decided import Decided
    from goldloop.lake.lake import Lake
    from goldloop.lake.snapshot import Snapshot

    base = Snapshot(folder, _made(rows, folder))
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    versions = Lake(folder).publish_persons(base, Decided()).versions
    cpu = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = sum(part.rows for part in Snapshot(folder, versions).parts("ref/persons"))
    return {"rows": rows, "keys": found, "cpu": round(cpu, 2), "memory": peak // 1024, "before": before // 1024}


def _made(rows: int, folder: str) -> dict[str, int]:
    """A lake of identities: each buyer's account with her phone, and one buyer in BUYERS_WITH_TWO in a second store, too."""
    import duckdb

    from goldloop.lake.arrow import facts_schema
    from goldloop.lake.schema import TABLES
    from goldloop.lake.snapshot import Snapshot
    from goldloop.lake.work import Work

    Path(folder).mkdir(parents=True, exist_ok=True)
    person = f"(CASE WHEN i % {BUYERS_WITH_TWO} = 0 THEN i + 1 ELSE i END)"
    held = duckdb.execute(
        "SELECT 1 + i % 2 AS store, md5('account' || i) AS buyer_key, md5('phone' || "
        f"{person}) AS identity_key, 'phone' AS kind, 'platform_id' AS buyer_kind FROM range({rows}) r(i)"
    ).to_arrow_table()
    orders = held.select(["store", "buyer_key"]).append_column("order_id", held["buyer_key"])
    work = Work(Snapshot(folder, {}), {}, ())
    try:
        for name, given in (("identities", held), ("orders", orders)):
            table = TABLES[name]
            work.edit(f"facts/{name}", facts_schema(table), "month")
            work.write(f"facts/{name}", given, "unknown")
        return work.commit()
    finally:
        work.close()


if __name__ == "__main__":
    print(json.dumps(identities(int(sys.argv[1]), sys.argv[2])))
