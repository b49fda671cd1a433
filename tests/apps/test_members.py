"""Decisions about who is who, consents, notes: on SQLite here, on PostgreSQL in test_database."""

from __future__ import annotations

from tests.apps.members import decisions_hold

from goldloop.home import Home


def test_decisions_consents_and_notes_hold(home: Home) -> None:
    decisions_hold()
