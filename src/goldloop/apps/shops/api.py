"""The door of this context; everybody else imports from here only."""

from goldloop.apps.shops.queries import (
    exclusion_list,
    exclusion_rows,
    owner_viewer,
    store_by_name,
    store_list,
    store_unit_on,
    unit_tree,
)
from goldloop.apps.shops.services import (
    company_ensure,
    exclusion_add,
    exclusion_defaults_add,
    exclusion_remove,
    owner_ensure,
    store_add,
    store_move,
    store_set,
    unit_add,
)

__all__ = [
    "company_ensure",
    "exclusion_add",
    "exclusion_defaults_add",
    "exclusion_list",
    "exclusion_remove",
    "exclusion_rows",
    "owner_ensure",
    "owner_viewer",
    "store_add",
    "store_by_name",
    "store_list",
    "store_move",
    "store_set",
    "store_unit_on",
    "unit_add",
    "unit_tree",
]
