"""The roles of `roles.toml`: what each may do, and the figures that it does not see."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any

from goldloop.core.errors import GoldloopError
from goldloop.metrics.definitions import FIGURES, closure

SIGNED_IN = "account"  # the right of everybody who is signed in: her own account and settings
REVEAL = "reveal"  # the right to see what a person wrote


@dataclass(frozen=True, slots=True)
class Role:
    """One role: its rights for a store, those for the whole group, what it does not see, and the roles it may give.

    `hidden` are names of masks with the names of all figures behind them.
    """

    name: str
    zh: str
    en: str
    rights: frozenset[str]
    group_rights: frozenset[str]
    hidden: frozenset[str]
    gives: tuple[str, ...]

    def only(self, rights: Collection[str]) -> Role:
        """This role with no other rights than these."""
        return replace(self, rights=self.rights & set(rights), group_rights=self.group_rights & set(rights), gives=())


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resources.files("goldloop.apps.shops").joinpath("roles.toml").read_text(encoding="utf-8"))


@cache
def roles() -> Mapping[str, Role]:
    """All roles by name."""
    group = frozenset(_table()["group"]["rights"])
    return {
        name: Role(
            name=name,
            zh=said["zh"],
            en=said["en"],
            rights=frozenset(said["rights"]) - group,
            group_rights=frozenset(said["rights"]) & group,
            hidden=hidden_by(said["hidden"]),
            gives=tuple(said["gives"]),
        )
        for name, said in _table()["roles"].items()
    }


def role(name: str) -> Role:
    """The role of that name; raises `role_unknown`."""
    try:
        return roles()[name]
    except KeyError:
        raise GoldloopError(
            "role_unknown", f"There is no role '{name}'.", given=name, allowed=list(roles()), role=name
        ) from None


def rights() -> tuple[str, ...]:
    """The names of all rights that roles bring: the owner has them all."""
    return tuple(_table()["roles"]["owner"]["rights"])


def masks() -> tuple[str, ...]:
    """The names of all masks."""
    return tuple(_table()["masks"])


def hidden_by(names: Iterable[str]) -> frozenset[str]:
    """The masks of these names, the figures they name, and every figure that is worked out from one of those.

    What can be subtracted or divided back out of a figure is not hidden while that figure is shown.
    """
    named = {figure for mask in names for figure in _table()["masks"][mask]}
    behind = {figure for figure in FIGURES if named & {part.name for part in closure((figure,))}}
    return frozenset(names) | named | behind
