"""Links, keys, the audit log, and whether an install is safe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    from goldloop.apps.shops.api import Broken
    from goldloop.jobs.accounts import Key, Link
    from goldloop.jobs.checking import Finding


class People(Opened):
    """Links, keys, the audit log, and whether an install is safe."""

    @at_work
    def first_link(self) -> Link | None:
        """A one-time link for the owner of the web app while she has no password; None afterwards."""
        from goldloop.jobs import accounts

        return accounts.first_link(self.home)

    @at_work
    def password_link(self, name: str | None = None) -> Link:
        """A one-time link with which a person (default: the owner) sets a new password for the web app."""
        from goldloop.jobs import accounts

        return accounts.password_link(self.home, name)

    @at_work
    def key_make(
        self, name: str, *, rights: Sequence[str] = ("figures",), stores: Sequence[str] = (), days: int = 90
    ) -> Key:
        """A key with which a program asks the API for the owner, within these rights and stores (default: all)."""
        from goldloop.jobs import accounts

        ids = [self.store(store).id for store in stores]
        return accounts.key_make(self.home, name=name, rights=rights, stores=ids, days=days)

    @at_work
    def audit_verify(self) -> tuple[int, Sequence[Broken]]:
        """How many lines the audit log has, and every place where it is not as it was written."""
        from goldloop.jobs import auditing

        return auditing.verify(self.home)

    @at_work
    def check(self, *, deploy: bool = False) -> list[Finding]:
        """What is unsafe about this home folder, and with `deploy` about how it is served."""
        from goldloop.jobs import checking

        return checking.check(self.home, deploy=deploy)
