"""goldloop: from export files to the golden formula, its reasons, and the rows behind it.

>>> import goldloop
>>> shop = goldloop.open("~/shop-group")                        # doctest: +SKIP
>>> shop.import_files(["orders.csv"], store="My store")         # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goldloop.core.errors import GoldloopError
    from goldloop.core.plan.plan import Plan, plan_solve
    from goldloop.shop import Shop, open

__all__ = ["GoldloopError", "Plan", "Shop", "open", "plan_solve"]
__version__ = "0.1.0"

_PLACES = {
    "GoldloopError": "goldloop.core.errors",
    "Plan": "goldloop.core.plan.plan",
    "Shop": "goldloop.shop",
    "open": "goldloop.shop",
    "plan_solve": "goldloop.core.plan.plan",
}


def __getattr__(name: str) -> Any:
    """The public names, loaded when they are first used."""
    if name not in _PLACES:
        raise AttributeError(f"module 'goldloop' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
