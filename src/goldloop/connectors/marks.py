"""Which rows are wrong and why: from the problems of single columns to the issues of whole rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goldloop.connectors.blocks import Built
from goldloop.connectors.evaluate import Problem
from goldloop.connectors.frame import Frame
from goldloop.connectors.issues import Issue, content_hashes, issue_of, raw_rows
from goldloop.core.errors import GoldloopError
from goldloop.core.store import Store

MOST_BAD_ROWS = 50_000  # beyond that the profile or the file as a whole is wrong, and single corrections are no way out


@dataclass(frozen=True, slots=True)
class Mark:
    """Rows (positions) on which one column is wrong in one way."""

    rows: np.ndarray
    column: str
    code: str


def marks_of(built: list[Built], whole: list[Problem], rows: int) -> list[Mark]:
    """Everything that is wrong, each once, limited to the rows of the block that minds."""
    found: dict[tuple[str, str], np.ndarray] = {}

    def add(problem: Problem, here: np.ndarray | None) -> None:
        if not pc.any(problem.mask).as_py():
            return
        mask = problem.mask.fill_null(False).to_numpy(zero_copy_only=False)
        mask = mask if here is None else mask & here
        key = (problem.column, problem.code)
        found[key] = mask if key not in found else found[key] | mask

    placed = np.zeros(rows, dtype=bool)
    for block in built:
        here = block.applies.to_numpy(zero_copy_only=False)
        placed |= here
        for problem in block.problems:
            add(problem, here)
    for problem in whole:
        add(problem, None)
    if not placed.all():
        found[("", "row_unplaced")] = ~placed
    _only_real_causes(found)
    return [Mark(np.flatnonzero(mask), column, code) for (column, code), mask in found.items() if mask.any()]


def _only_real_causes(found: dict[tuple[str, str], np.ndarray]) -> None:
    """A cell that cannot be read is not missing as well."""
    for (column, code), mask in found.items():
        if code == "missing_value":
            for (other, cause), there in found.items():
                if other == column and cause != "missing_value":
                    mask &= ~there


def good_rows(marks: list[Mark], rows: int) -> np.ndarray:
    """Which of `rows` rows nothing is wrong with, as a mask."""
    good = np.ones(rows, dtype=bool)
    for mark in marks:
        good[mark.rows] = False
    return good


def issues_of(marks: list[Mark], frame: Frame, store: Store, file_name: str) -> list[Issue]:
    """The issues of all bad rows, in the order of the rows."""
    bad = np.unique(np.concatenate([m.rows for m in marks])) if marks else np.array([], dtype=np.int64)
    if not len(bad):
        return []
    if len(bad) > MOST_BAD_ROWS:
        worst = max(marks, key=lambda m: len(m.rows))
        raise unreadable(file_name, len(bad), worst.code, worst.column)
    part = frame.raw.take(pa.array(bad))
    raws, hashes, numbers = raw_rows(part), content_hashes(part), part["_row"].to_pylist()
    place = {int(row): i for i, row in enumerate(bad)}
    issues = []
    for mark in marks:
        header = frame.headers.get(mark.column, mark.column)
        for row in mark.rows:
            i = place[int(row)]
            code, params = mark.code, {"expected": store.currency}
            raw = raws[i].get(header)
            origin = frame.origins[mark.column][row] if mark.column in frame.origins else -1
            if origin >= 0:
                code, params = "held_by_order", {"origin": frame.raw["_row"][int(origin)].as_py()}
            issues.append(
                issue_of(
                    code, row=numbers[i], column=header, raw=raw, raw_row=raws[i], content_hash=hashes[i], **params
                )
            )
    return sorted(issues, key=lambda issue: issue.row)


def unreadable(file_name: str, rows: int, code: str, column: str) -> GoldloopError:
    """More rows are bad than anybody can correct one by one."""
    return GoldloopError(
        "rows_unreadable",
        f"{rows} rows of '{file_name}' cannot be read, most of them because of '{column}'.",
        given=f"{code}: {column}",
        allowed=f"at most {MOST_BAD_ROWS} rows with mistakes",
        todo=f"goldloop profile check {file_name}",
        file=file_name,
        rows=rows,
        column=column,
        most=MOST_BAD_ROWS,
    )
