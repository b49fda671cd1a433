"""How much memory a process may still take, and how long Arrow keeps what an import has freed."""

from __future__ import annotations

from pathlib import Path

MACHINE = Path("/proc/meminfo")
GROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))  # version 2 and 1
SHORT = 10_000  # milliseconds, for files that are read in one piece: handing it back page by page costs more
LONG = 500  # for those that are not: what the pieces leave behind must not add up


def keep_freed(milliseconds: int) -> None:
    """Let Arrow keep what it frees for the next step of an import for so long, where its allocator can be told."""
    import pyarrow as pa

    if "jemalloc" in pa.supported_memory_backends():
        pa.jemalloc_set_decay_ms(milliseconds)
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def available() -> int | None:
    """Bytes that the machine has left, at most what the group of processes (a container) may have; None where nothing tells."""
    limits = [int(said) for path in GROUPS if (said := _said(path)).isdigit()]
    for line in _said(MACHINE).splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            limits.append(int(rest.split()[0]) * 1024)
    return min(limits, default=None)


def _said(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeError):
        return ""
