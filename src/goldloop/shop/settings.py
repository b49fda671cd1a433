"""Stores and the rules that leave orders out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from goldloop.core.store import GmvAmount, Store
from goldloop.shop.opened import Opened, at_work


class Settings(Opened):
    """Stores and the rules that leave orders out."""

    @at_work
    def store_add(
        self,
        name: str,
        *,
        platform: str,
        currency: str | None = None,
        timezone: str | None = None,
        day_starts: int = 0,
        opened_on: date | None = None,
        identity_limit: float = 0.95,
        gmv_amount: GmvAmount = "merchant",
    ) -> Store:
        """Add a store; `day_starts` in minutes after midnight. Chinese platforms default to CNY and Asia/Shanghai."""
        from goldloop.jobs import settings_change

        return settings_change.store_add(
            self.home,
            name=name,
            platform=platform,
            currency=currency,
            timezone=timezone,
            day_starts=day_starts,
            opened_on=opened_on,
            identity_limit=identity_limit,
            gmv_amount=gmv_amount,
        )

    @at_work
    def store_set(
        self,
        name: str,
        *,
        day_starts: int | None = None,
        opened_on: date | None = None,
        identity_limit: float | None = None,
        gmv_amount: GmvAmount | None = None,
    ) -> Store:
        """Change settings of a store; None leaves one as it is. What is loaded is worked out again where they matter."""
        from goldloop.jobs import settings_change

        return settings_change.store_set(
            self.home,
            name=name,
            day_starts=day_starts,
            opened_on=opened_on,
            identity_limit=identity_limit,
            gmv_amount=gmv_amount,
        )

    @at_work
    def exclusions(self) -> list[dict[str, Any]]:
        """The rules for what does not count in gmv."""
        from goldloop.apps.shops import api as shops

        return shops.exclusion_rows()

    @at_work
    def exclusion_add(
        self, code: str, *, kind: str, values: Sequence[str], stores: Sequence[str] = (), platforms: Sequence[str] = ()
    ) -> None:
        """Add a rule and work the facts out again by it."""
        from goldloop.jobs import settings_change

        settings_change.exclusion_add(
            self.home, code=code, kind=kind, values=values, stores=stores, platforms=platforms
        )

    @at_work
    def exclusion_remove(self, code: str) -> None:
        """Remove a rule and work the facts out again without it."""
        from goldloop.jobs import settings_change

        settings_change.exclusion_remove(self.home, code=code)
