"""How long Arrow keeps memory that an import has freed."""

from __future__ import annotations

SHORT = 10_000  # milliseconds, for files that are read in one piece: handing it back page by page costs more
LONG = 500  # for those that are not: what the pieces leave behind must not add up


def keep_freed(milliseconds: int) -> None:
    """Let Arrow keep what it frees for the next step of an import for so long, where its allocator can be told."""
    import pyarrow as pa

    if "jemalloc" in pa.supported_memory_backends():
        pa.jemalloc_set_decay_ms(milliseconds)
        pa.set_memory_pool(pa.jemalloc_memory_pool())
