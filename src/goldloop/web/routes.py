"""Every page and action of the web app, with the right it needs. A route that is not here does not exist.

The authorisation matrix of the tests is made from this list.
"""

from __future__ import annotations

from dataclasses import dataclass

PUBLIC = ""  # no right needed: log-in, static texts


@dataclass(frozen=True, slots=True)
class Route:
    """One address: `view` is module.function below `goldloop.web`, `right` what its reader must have.

    `methods` are answered, all others refused; `scoped` pages keep stores and days when the reader goes from one to
    another; `key` goes there after G.
    """

    name: str
    path: str
    view: str
    right: str
    methods: tuple[str, ...] = ("GET",)
    scoped: bool = False
    key: str = ""


# Shown in this order (docs: screens), each only to readers who have its right.
NAVIGATION = (
    Route("today", "", "today.page", "figures", scoped=True, key="t"),
    Route("explore", "explore", "explore.page", "figures", scoped=True, key="e"),
)
PLACES = (
    Route("data", "data", "data.page", "data", key="d"),
    Route("settings", "settings", "account.page", "account"),
)
OTHERS = (
    Route("why", "why", "why.page", "figures", scoped=True),
    Route("why_findings", "why/findings", "why.findings", "figures"),
    Route("daily", "daily", "daily.page", "figures", scoped=True),
    Route("explore_file", "explore/file", "explore.file", "export"),
    Route("rows", "rows", "rows.page", "figures", scoped=True),
    Route("language", "language", "language.choose", PUBLIC, methods=("POST",)),
)
ACCOUNT = (
    Route("account_login", "log-in", "account.log_in", PUBLIC, methods=("GET", "POST")),
    Route("account_inactive", "log-in/closed", "account.closed", PUBLIC),
    Route("mfa_authenticate", "log-in/code", "account.log_in_code", PUBLIC, methods=("GET", "POST")),
    Route("account_reauthenticate", "log-in/again", "account.again", "account", methods=("GET", "POST")),
    Route("mfa_reauthenticate", "log-in/again/code", "account.again_code", "account", methods=("GET", "POST")),
    Route("account_logout", "log-out", "account.log_out", "account", methods=("POST",)),
    Route("link", "welcome/<str:secret>", "account.link", PUBLIC),
    Route("welcome", "welcome", "account.welcome", PUBLIC, methods=("GET", "POST")),
    Route("preferences", "settings/preferences", "account.preferences", "account", methods=("POST",)),
    Route("account_change_password", "settings/password", "account.password", "account", methods=("GET", "POST")),
    Route("mfa_index", "settings/second-step", "account.second_step_page", "account"),
    Route("mfa_activate_totp", "settings/second-step/on", "account.second_step_on", "account", methods=("GET", "POST")),
    Route(
        "mfa_deactivate_totp", "settings/second-step/off", "account.second_step_off", "account", methods=("GET", "POST")
    ),
    Route("mfa_view_recovery_codes", "settings/recovery-codes", "account.codes", "account"),
    Route(
        "mfa_generate_recovery_codes",
        "settings/recovery-codes/new",
        "account.codes_new",
        "account",
        methods=("GET", "POST"),
    ),
    Route("session_end", "settings/sessions/<int:id>/end", "account.session_end", "account", methods=("POST",)),
    Route("token_make", "settings/keys", "account.token_make", "api", methods=("POST",)),
    Route("token_end", "settings/keys/<int:id>/end", "account.token_end", "api", methods=("POST",)),
)
PEOPLE = (
    Route("people", "settings/people", "people.page", "people"),
    Route("person_invite", "settings/people/invite", "people.invite", "people", methods=("POST",)),
    Route("person_link", "settings/people/<int:id>/link", "people.link_renew", "people", methods=("POST",)),
    Route("person_end", "settings/people/<int:id>/end", "people.end", "people", methods=("POST",)),
    Route("role_give", "settings/people/<int:id>/roles", "people.give", "people", methods=("POST",)),
    Route("role_take", "settings/roles/<int:id>/end", "people.take", "people", methods=("POST",)),
    Route("organisation", "settings/organisation", "organisation.page", "people"),
    Route("unit_add", "settings/organisation/units", "organisation.unit_add", "people", methods=("POST",)),
    Route(
        "store_move", "settings/organisation/stores/<int:id>", "organisation.store_move", "people", methods=("POST",)
    ),
    Route("audit", "settings/audit", "audit_log.page", "audit"),
    Route("audit_check", "settings/audit/check", "audit_log.check", "audit"),
)
UPLOADS = Route("upload", "data/upload", "uploads.receive", "data", methods=("POST",))  # the only one that takes files
DATA = (
    UPLOADS,
    Route("look_again", "data/jobs/<int:id>/look", "uploads.look_again", "data", methods=("POST",)),
    Route("load", "data/jobs/<int:id>/import", "uploads.load", "data", methods=("POST",)),
    Route("upload_drop", "data/jobs/<int:id>/drop", "uploads.drop", "data", methods=("POST",)),
    Route("columns", "data/jobs/<int:id>/columns/<int:file>", "mapping.page", "data", methods=("GET", "POST")),
    Route("columns_try", "data/jobs/<int:id>/columns/<int:file>/try", "mapping.attempt", "data", methods=("POST",)),
    Route("jobs", "data/jobs", "jobs.page", "data"),
    Route("job", "data/jobs/<int:id>", "jobs.show", "data"),
    Route("job_cancel", "data/jobs/<int:id>/cancel", "jobs.cancel", "data", methods=("POST",)),
    Route("job_again", "data/jobs/<int:id>/again", "jobs.again", "data", methods=("POST",)),
    Route("import", "data/imports/<int:id>", "data.show", "data"),
    Route("import_undo", "data/imports/<int:id>/undo", "data.undo", "data", methods=("POST",)),
    Route("rhythm", "data/rhythm", "data.rhythm", "data", methods=("POST",)),
    Route("demo", "data/demo", "data.demo", "data", methods=("POST",)),
    Route("demo_end", "data/demo/end", "data.demo_end", "data", methods=("POST",)),
    Route("quarantine", "data/quarantine", "quarantine.page", "data"),
    Route("quarantine_file", "data/quarantine/file", "quarantine.file", "data", methods=("POST",)),
    Route("quarantine_again", "data/quarantine/again", "quarantine.again", "data", methods=("POST",)),
    Route("bad_row", "data/quarantine/<int:id>", "quarantine.show", "data"),
    Route("bad_row_fix", "data/quarantine/<int:id>/fix", "quarantine.fix", "data", methods=("POST",)),
    Route("bad_row_ignore", "data/quarantine/<int:id>/ignore", "quarantine.ignore", "data", methods=("POST",)),
    Route("bad_row_reveal", "data/quarantine/<int:id>/reveal", "quarantine.reveal", "reveal", methods=("POST",)),
)
ROUTES = (*NAVIGATION, *PLACES, *OTHERS, *ACCOUNT, *PEOPLE, *DATA)
