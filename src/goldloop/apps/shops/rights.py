"""What a person may do in which stores: her roles, resolved on one moment."""

from __future__ import annotations

import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from goldloop.apps.shops import models
from goldloop.apps.shops.roles import REVEAL, SIGNED_IN, Role, role
from goldloop.core.viewer import PERSONAL, Viewer


@dataclass(frozen=True, slots=True)
class Access:
    """The rights of one person at one moment; `Access()` has none.

    `everywhere` are the roles that she holds for everything, `at` all of her roles per store.
    """

    name: str = "nobody"
    everywhere: Collection[Role] = ()
    at: Mapping[int, Collection[Role]] = field(default_factory=dict)
    signed_in: bool = False

    @property
    def rights(self) -> frozenset[str]:
        """Everything she may do somewhere."""
        held = {one.name: one for several in (self.everywhere, *self.at.values()) for one in several}
        found = frozenset[str]().union(*(one.rights for one in held.values()))
        return found | self.group_rights | ({SIGNED_IN} if self.signed_in else frozenset())

    @property
    def group_rights(self) -> frozenset[str]:
        """What she may do that reaches the whole group."""
        return frozenset[str]().union(*(one.group_rights for one in self.everywhere))

    @property
    def gives(self) -> tuple[str, ...]:
        """The roles that she may give to others and take from them."""
        return tuple(dict.fromkeys(name for one in self.everywhere for name in one.gives))

    def viewer(self, right: str) -> Viewer:
        """Her view of the stores where she has a right; with a group right or in her own account, of all her stores.

        A figure is hidden at a store where each of her roles that bring the right hides it; personal data everywhere,
        unless it is asked for by the right to reveal it.
        """
        always = frozenset() if right == REVEAL else frozenset({PERSONAL})
        anywhere = right == SIGNED_IN or right in self.group_rights
        masks = {}
        for store, roles in self.at.items():
            held = [one.hidden for one in roles if anywhere or right in one.rights]
            if held:
                masks[store] = frozenset.intersection(*held) | always
        return Viewer(
            stores=frozenset(masks),
            hidden=frozenset[str]().union(*masks.values()),
            name=self.name,
            hidden_at=tuple(sorted(masks.items())),
        )

    def within(self, rights: Collection[str], stores: Collection[int]) -> Access:
        """The same person with only these of her rights, in only these of her stores (none named: in all of them)."""
        everywhere = () if stores else tuple(one.only(rights) for one in self.everywhere)
        at = {
            store: tuple(one.only(rights) for one in roles)
            for store, roles in self.at.items()
            if not stores or store in stores
        }
        return Access(self.name, everywhere, at)


def access_of(*, user: models.User, now: datetime) -> Access:
    """The rights of a person; a store counts to the unit in which it is on its own day of `now`."""
    if not user.is_active:
        return Access()
    held = models.Grant.objects.filter(user=user).values_list("role", "unit_id", "store_id")
    grants: list[tuple[str, int | None, int | None]] = [*held, *([("owner", None, None)] if user.is_superuser else [])]
    zones = dict(models.Store.objects.order_by("id").values_list("id", "timezone"))
    below = _stores_below(zones, now) if any(unit for _, unit, _ in grants) else {}
    everywhere: dict[str, Role] = {}
    at: dict[int, dict[str, Role]] = {}
    for name, unit, store in grants:
        if unit is None and store is None:
            everywhere[name] = role(name)
        for one in [store] if store else below.get(unit, ()) if unit else zones:
            at.setdefault(one, {})[name] = role(name)
    return Access(
        name=user.get_username(),
        everywhere=tuple(everywhere.values()),
        at={store: tuple(roles.values()) for store, roles in at.items()},
        signed_in=True,
    )


def _stores_below(zones: Mapping[int, str], now: datetime) -> dict[int, list[int]]:
    """Unit -> the stores that are in it or below it on their own day."""
    parents = dict(models.OrgUnit.objects.values_list("id", "parent_id"))
    units: dict[int, int] = {}
    for store, unit, since in models.StoreMembership.objects.order_by("valid_from").values_list(
        "store_id", "unit_id", "valid_from"
    ):
        if since <= now.astimezone(zoneinfo.ZoneInfo(zones[store])).date():
            units[store] = unit
    found: dict[int, list[int]] = {}
    for store, unit in units.items():
        above: int | None = unit
        while above is not None:
            found.setdefault(above, []).append(store)
            above = parents.get(above)
    return found
