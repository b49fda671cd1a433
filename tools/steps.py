"""Runs named steps one after the other, says what it does, and ends with a table of times."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Step:
    """A name for people, the command, what it adds to the environment, and exit codes that are fine besides 0."""

    name: str
    command: Sequence[str]
    environment: dict[str, str] = field(default_factory=dict)
    fine: tuple[int, ...] = ()


def run(steps: Sequence[Step]) -> int:
    """Run every step, also after one that failed; the number of failed ones."""
    done: list[tuple[str, float, bool]] = []
    for step in steps:
        print(f"\n== {step.name}", flush=True)
        started = time.monotonic()
        code = subprocess.run(step.command, cwd=ROOT, env={**os.environ, **step.environment}, check=False).returncode
        done.append((step.name, time.monotonic() - started, code == 0 or code in step.fine))
    width = max(len(name) for name, _, _ in done)
    print()
    for name, seconds, good in done:
        print(f"{name:<{width}}  {seconds:7.1f} s  {'ok' if good else 'FAILED'}")
    print(f"{'together':<{width}}  {sum(seconds for _, seconds, _ in done):7.1f} s", flush=True)
    return sum(not good for _, _, good in done)
