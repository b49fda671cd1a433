"""Figures as files: CSV, JSON, Excel, Parquet; what files of lists share with them stands in `list_files`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.cli import list_files
from goldloop.metrics.definitions import FIGURES

if TYPE_CHECKING:
    from goldloop.metrics.answer import Answer


def csv_text(answer: Answer) -> str:
    """Rows as CSV: plain numbers, cuts and their names as harmless text, empty where null."""
    return list_files.csv_text(_units(answer), answer.rows())


def write(answer: Answer, form: str, path: Path, language: str) -> None:
    """Write an answer into a file of the given form; raises `out_failed`."""
    with list_files.writing(path):
        if form == "parquet":
            import pyarrow.parquet as pq

            pq.write_table(answer.to_arrow(), path)
        elif form == "xlsx":
            list_files.write_workbook(path, "figures", _units(answer), answer.rows(), list(_about(answer, language)))
        elif form == "csv":
            path.write_text(csv_text(answer), encoding="utf-8-sig")
        else:
            list_files.write_json(path, answer.as_dict(language))


def _units(answer: Answer) -> dict[str, str]:
    """Column -> unit; cuts are text, and of a comparison's columns the change rate is a rate."""
    units: dict[str, str] = {}
    for name in answer.columns:
        base, _, suffix = name.partition("__")
        units[name] = "text" if base not in FIGURES else "rate" if suffix == "change_rate" else FIGURES[base].unit
    return units


def _about(answer: Answer, language: str) -> Iterator[tuple[str, str]]:
    """Scope, data state, notes and reasons."""
    yield from ((name, _plain(value)) for name, value in answer.scope.items())
    yield from (("note", note.text(language)) for note in answer.notes)
    yield from (("feed", _plain(feed)) for feed in answer.data["feeds"])
    for reason in answer.reasons[:1000]:
        said = reason.as_dict(language)
        yield f"{said['figure']}, row {said['row'] + 2}", said["text"]


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return "" if value is None else str(value)
