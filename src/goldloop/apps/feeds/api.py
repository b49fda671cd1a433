"""The door of this context; everybody else imports from here only."""

from goldloop.apps.feeds.contracts import Claim, Quarantined, Receipt, RowToKeep, Source, Version
from goldloop.apps.feeds.queries import (
    fix_list,
    import_children,
    import_list,
    import_show,
    import_sources,
    quarantine_alike,
    quarantine_list,
    quarantine_show,
    source_needed,
    version_current,
)
from goldloop.apps.feeds.services import (
    child_claim,
    fix_add,
    import_claim,
    import_finish,
    import_refuse,
    import_undo,
    quarantine_ignore,
    quarantine_update,
    version_add,
)

__all__ = [
    "Claim",
    "Quarantined",
    "Receipt",
    "RowToKeep",
    "Source",
    "Version",
    "child_claim",
    "fix_add",
    "fix_list",
    "import_children",
    "import_claim",
    "import_finish",
    "import_list",
    "import_refuse",
    "import_show",
    "import_sources",
    "import_undo",
    "quarantine_alike",
    "quarantine_ignore",
    "quarantine_list",
    "quarantine_show",
    "quarantine_update",
    "source_needed",
    "version_add",
    "version_current",
]
