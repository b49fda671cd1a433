"""`import --watch`: what became of each file, as it comes, until Ctrl-C."""

from __future__ import annotations

from collections import Counter
from time import sleep
from typing import TYPE_CHECKING, Any

from goldloop.cli import output
from goldloop.cli.command import Answer, Run
from goldloop.cli.imported import as_error, show_receipt

if TYPE_CHECKING:
    from goldloop.jobs.many import Outcome
    from goldloop.jobs.watch import Watch


def watch(run: Run, watched: Watch, folder: str, interval: float) -> Answer:
    """Look every `interval` seconds and tell what became of files: one JSON line per event, or receipts for people."""
    counts: Counter[str] = Counter()
    _tell(run, "watching", run.words("watching", folder=folder, seconds=interval), folder=folder, seconds=interval)
    try:
        while True:
            for outcome in watched.look():
                counts[_event(outcome)] += 1
                _outcome(run, outcome)
            sleep(interval)
    except KeyboardInterrupt:
        ended = {event: counts[event] for event in ("loaded", "known", "refused", "skipped")}
        _tell(run, "stopped", run.words("watch_stopped", **ended), **ended)
    return Answer(None, lambda screen: None)


def _outcome(run: Run, outcome: Outcome) -> None:
    event, screen = _event(outcome), output.Screen(run.words)
    if run.json:
        problem = outcome.error or outcome.skipped
        data: dict[str, Any] = {"file": outcome.file, "receipts": [receipt.as_dict() for receipt in outcome.receipts]}
        return _tell(run, event, "", **data, **({"error": as_error(run.words, problem)} if problem else {}))
    for receipt in outcome.receipts:
        show_receipt(screen, receipt)
    if outcome.error is not None:
        screen.line(f"{outcome.file}:")
        screen.error(outcome.error)
    if outcome.skipped is not None:
        screen.line(run.words("skipped", file=outcome.file, reason=run.words.error(outcome.skipped)))


def _event(outcome: Outcome) -> str:
    if outcome.error is not None:
        return "refused"
    if outcome.skipped is not None:
        return "skipped"
    return "known" if all(receipt.repeated for receipt in outcome.receipts) else "loaded"


def _tell(run: Run, event: str, sentence: str, **data: Any) -> None:
    if run.json:
        output.print_line({"event": event, **data})
    else:
        output.Screen(run.words).line(sentence)
