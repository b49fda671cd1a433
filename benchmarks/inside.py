"""One import, measured inside its process: what it costs once everything is started and loaded.

python benchmarks/inside.py HOME FILE       prints {"cpu", "wall"} in seconds (children included) and the receipt's counts
"""

from __future__ import annotations

import json
import os
import sys
import time


def cpu() -> float:
    """CPU seconds of this process and the children it waited for."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def main(home: str, file: str) -> None:
    """Open the home folder, load what an import needs, then import."""
    import deltalake  # noqa: F401
    import duckdb  # noqa: F401
    import numpy
    import pyarrow.compute
    import pyarrow.csv
    import pyarrow.parquet

    import goldloop
    import goldloop.connectors.normalise
    import goldloop.connectors.stretches
    import goldloop.lake.lake
    import goldloop.shop

    pyarrow.array(numpy.arange(1))  # the first one loads pandas, where that is installed
    shop = goldloop.open(home)
    store = shop.stores()[0].name
    from goldloop.jobs import import_file, profiles  # noqa: F401  (they need the open home)

    profiles.chosen_profiles(shop.home.profiles, None)  # a process reads the formats once
    began, started = cpu(), time.perf_counter()
    [receipt] = shop.import_files([file], store=store)
    spent = {"cpu": cpu() - began, "wall": time.perf_counter() - started}
    counts = {name: getattr(receipt, name) for name in ("read", "new", "updated", "unchanged", "quarantined")}
    print(json.dumps(spent | counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
