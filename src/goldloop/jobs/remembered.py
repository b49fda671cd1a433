"""Corrections by raw content, and rows in quarantine: sealed on the way in, opened on the way out."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from goldloop.apps.feeds import api as feeds
from goldloop.apps.feeds.api import Quarantined, RowToKeep
from goldloop.connectors.issues import Issue
from goldloop.home import Home
from goldloop.jobs.vault import Seal


def fixes(home: Home, store: int) -> dict[str, dict[str, str]]:
    """Every remembered correction of a store: content hash -> column -> value."""
    seal = Seal(home.key("home"))
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for content, column, sealed in feeds.fix_list(store=store):
        found[content][column] = seal.open(sealed).decode()
    return dict(found)


def fixes_add(home: Home, store: int, values: Mapping[str, Mapping[str, str]]) -> None:
    """Remember corrections of a store: content hash -> column -> value."""
    seal = Seal(home.key("home"))
    feeds.fix_add(
        store=store,
        fixes={
            (content, column): seal.seal(value.encode())
            for content, columns in values.items()
            for column, value in columns.items()
        },
    )


def rows_to_keep(issues: Iterable[Issue], seal: Seal) -> list[RowToKeep]:
    """The issues of a sheet as rows for quarantine: one per row, everything the file said sealed."""
    by_row: dict[int, list[Issue]] = defaultdict(list)
    for issue in issues:
        by_row[issue.row].append(issue)
    return [
        RowToKeep(
            row=row,
            issues=[{"column": issue.column, "code": issue.code} for issue in found],
            sealed=seal.seal(json.dumps(_secret(found), ensure_ascii=False, default=str).encode()),
            content_hash=found[0].content_hash,
        )
        for row, found in sorted(by_row.items())
    ]


def opened(row: Quarantined, seal: Seal | None) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """The issues (column, raw, code, text, suggestion, params) and the raw row that were sealed.

    Of a row whose file was removed on a person's request, only columns and codes are left.
    """
    if not row.sealed or seal is None:
        return [{"raw": None, "text": "", "suggestion": "", "params": {}, **issue} for issue in row.issues], {}
    secret = json.loads(seal.open(row.sealed))
    return secret["issues"], secret["raw_row"]


def _secret(found: list[Issue]) -> dict[str, Any]:
    issues = [
        {
            "column": issue.column,
            "raw": issue.raw,
            "code": issue.code,
            "text": issue.text,
            "suggestion": issue.suggestion,
            "params": dict(issue.params),
        }
        for issue in found
    ]
    return {"issues": issues, "raw_row": found[0].raw_row}
