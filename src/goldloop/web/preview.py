"""What a look at uploaded files found, as its page shows it."""

from __future__ import annotations

from typing import Any

from goldloop.apps.queue.api import Job
from goldloop.web import receipts
from goldloop.web.data import SIMPLE, form
from goldloop.web.fields import place_names
from goldloop.web.request import Request
from goldloop.web.shops import whole_shop

# What a choice on the page puts right: the part of the form that is shown open.
BY_STORE = frozenset({"store_needed", "store_missing", "store_unknown", "store_other_platform", "store_mismatch"})
UNKNOWN = frozenset({"format_unknown"})


def of(request: Request, job: Job) -> dict[str, Any]:
    """The files of a look with their sheets, columns, totals and problems. Raises `upload_gone`."""
    from goldloop.jobs import uploaded

    lang = request.lang
    home, files = whole_shop().home, uploaded.files(job.arguments)
    seen = uploaded.noted(home, files[0].token, f"look-{job.id}")
    uploaded.file(home, files[0])
    found = [_file(one, number, lang) for number, one in enumerate(seen)]
    codes = {one["problem"]["code"] for one in found if one["problem"]}
    return {
        "files": found,
        "correct": _correction(request, seen),
        "ready": sum(one["problem"] is None for one in found),
        "describes": any(one["unknown"] for one in found),
        "asks_store": bool(codes & BY_STORE),
        "given": job.arguments,
        "stores": request.shop.stores(),
        **form(request),
        "formats": _formats(seen, lang),
    }


def _correction(request: Request, seen: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Of files from another platform than their store's: that platform, where nothing is loaded of the store yet."""
    from goldloop.jobs.settings_change import is_bare

    wrong = [one["error"]["params"] for one in seen if one["error"] and one["error"]["code"] == "store_other_platform"]
    stores = {store.name: store for store in request.shop.stores()}
    if not wrong or wrong[0]["name"] not in stores or not form(request).get("may_add_store"):
        return None
    store, platform = stores[wrong[0]["name"]], wrong[0]["expected"]
    return {"store": store, "platform": platform, "simple": platform in SIMPLE} if is_bare(store.id) else None


def _formats(seen: list[dict[str, Any]], lang: str) -> list[tuple[str, str]]:
    """The formats that the files were recognised as, or nearly: (id, title)."""
    sheets = [sheet for one in seen for sheet in one["sheets"]]
    near = [other["profile"] for sheet in sheets for other in sheet.get("alternatives") or ()]
    ids = {*(sheet["profile"] for sheet in sheets), *near} - {""}
    return sorted((id, receipts.profile_title(id, lang)) for id in ids)


def _file(seen: dict[str, Any], number: int, lang: str) -> dict[str, Any]:
    problem = receipts.problem(seen["error"], lang) if seen["error"] else None
    if problem is not None and _is_unknown(problem):
        problem["allowed"] = []  # formats that come near help nobody who can say what the columns are
    return {
        "number": number,
        "file": seen["file"],
        "sheets": [_sheet(sheet, lang) for sheet in seen["sheets"]],
        "receipts": [receipts.shown(receipt, lang) for receipt in seen["receipts"]],
        "problem": problem,
        "unknown": _is_unknown(problem),
    }


def _is_unknown(problem: dict[str, Any] | None) -> bool:
    return problem is not None and problem["code"] in UNKNOWN


def _sheet(sheet: dict[str, Any], lang: str) -> dict[str, Any]:
    columns = [{**column, "fields": place_names(column["places"], lang)} for column in sheet["columns"]]
    return {
        **sheet,
        "name": " / ".join(part for part in (sheet["member"], sheet["sheet"]) if part),
        "title": (sheet.get("title") or {}).get(lang) or sheet["profile"],
        "sure": f"{sheet.get('confidence', 0):.0%}",
        "columns": columns,
        "used": [column for column in columns if column["places"] or column["unused"] or not sheet["profile"]],
        "left_out": [
            column for column in columns if sheet["profile"] and not column["places"] and not column["unused"]
        ],
        "mapped": sum(bool(column["places"]) for column in columns),
        "strange": sum(column["unused"] for column in columns),
    }
