"""The facade of one shop group: what `goldloop.open()` gives, and what the command line, the pages and the API call."""

from __future__ import annotations

from pathlib import Path

from goldloop import home as homes
from goldloop.jobs import failures
from goldloop.shop.alarms import Alarms
from goldloop.shop.answers import Answers
from goldloop.shop.calendar import Calendar
from goldloop.shop.files import Files
from goldloop.shop.loyalty import Loyalty
from goldloop.shop.members import Members
from goldloop.shop.outlook import Outlook
from goldloop.shop.people import People
from goldloop.shop.persons import Persons
from goldloop.shop.plans import Plans
from goldloop.shop.quarantine import Quarantine
from goldloop.shop.settings import Settings
from goldloop.shop.waves import Waves


def open(home: str | Path | None = None, *, create: bool = False) -> Shop:
    """The shop group in a home folder (default: `GOLDLOOP_HOME`, else the user's data folder).

    `create` makes the folder when it is not there yet, and brings an older one up to date. Raises `home_missing`,
    `home_outdated` or `setting_bad`.
    """
    with failures.explained():
        if not create:
            return Shop(homes.find(home))
        made = Shop(homes.create(home))
        made._renew()
        return made


class Shop(
    Settings, People, Files, Quarantine, Answers, Members, Persons, Outlook, Plans, Calendar, Alarms, Waves, Loyalty
):
    """One shop group: stores, imports, quarantine, rules and figures."""
