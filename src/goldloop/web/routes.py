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
    Route("plan", "plan", "plans.page", "figures", scoped=True, key="p"),
    Route("actions", "actions", "actions.page", "figures", scoped=True, key="a"),
    Route("members", "members", "members.page", "figures", scoped=True, key="m"),
    Route("explore", "explore", "explore.page", "figures", scoped=True, key="e"),
)
PLACES = (
    Route("calendar", "calendar", "calendar.page", "figures", scoped=True, key="c"),
    Route("data", "data", "data.page", "data", key="d"),
    Route("settings", "settings", "account.page", "account"),
)
OTHERS = (
    Route("why", "why", "why.page", "figures", scoped=True),
    Route("why_findings", "why/findings", "why.findings", "figures"),
    Route("why_file", "why/file", "why.file", "export"),
    Route("today_mix", "today/mix", "mix.part", "figures"),
    Route("daily", "daily", "daily.page", "figures", scoped=True),
    Route("daily_file", "daily/file", "daily.file", "export"),
    Route("explore_file", "explore/file", "explore.file", "export"),
    Route("cohorts", "explore/cohorts", "cohorts.page", "figures", scoped=True),
    Route("cohorts_file", "explore/cohorts/file", "cohorts.file", "export"),
    Route("view_save", "explore/views", "saved.save", "figures", methods=("POST",)),
    Route("view", "explore/views/<str:key>", "saved.show", "figures"),
    Route("view_remove", "explore/views/<str:key>/remove", "saved.remove", "figures", methods=("POST",)),
    Route("note_add", "notes", "notes.add", "annotate", methods=("POST",)),
    Route("note_remove", "notes/<int:id>/remove", "notes.remove", "annotate", methods=("POST",)),
    Route("rows", "rows", "rows.page", "figures", scoped=True),
    Route("rows_file", "rows/file", "rows.file", "export"),
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
    Route("api_page", "settings/api", "api.document.page", "api"),
    Route("token_end", "settings/keys/<int:id>/end", "account.token_end", "api", methods=("POST",)),
)
STORES = (
    Route("stores", "settings/stores", "stores.page", "stores"),
    Route("store_set", "settings/stores/<int:id>", "stores.change", "stores", methods=("POST",)),
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
# Who speaks for one of the three owners has a right of its own, which the view asks for (see `plan.holds`).
PLAN_FILE = Route("plan_read_back", "plan/file", "plan_changes.read_back", "plan", methods=("POST",))
PLANS = (
    Route("plan_new", "plan/new", "plans.new", "figures"),
    Route("plan_keep", "plan/keep", "plans.keep", "plan", methods=("POST",)),
    PLAN_FILE,
    Route("plan_show", "plan/<int:id>", "plan.page", "figures"),
    Route("plan_moves", "plan/<int:id>/what-if", "plan_moves.page", "figures"),
    Route("plan_outlook", "plan/<int:id>/outlook", "plan_moves.outlook", "figures"),
    Route("plan_file", "plan/<int:id>/file", "plan_changes.file", "export"),
    Route("plan_change", "plan/<int:id>/versions", "plan_changes.change", "plan", methods=("POST",)),
    Route("plan_say", "plan/<int:id>/answers", "plan_changes.say", "plan", methods=("POST",)),
    Route("plan_comment", "plan/<int:id>/comments", "plan_changes.comment", "plan", methods=("POST",)),
    Route("plan_scenario", "plan/<int:id>/scenarios", "plan_changes.scenario", "plan", methods=("POST",)),
)
EVENTS = (
    Route("event_new", "calendar/new", "calendar_changes.new", "plan", methods=("GET", "POST")),
    Route("event_file", "calendar/file", "calendar.file", "export"),
    Route("event_show", "calendar/<int:id>", "calendar.show", "figures"),
    Route("event_edit", "calendar/<int:id>/edit", "calendar_changes.edit", "plan", methods=("GET", "POST")),
    Route("event_say", "calendar/<int:id>/answers", "calendar_changes.say", "plan", methods=("POST",)),
    Route("event_task_add", "calendar/<int:id>/tasks", "calendar_changes.task_add", "plan", methods=("POST",)),
    Route("event_task", "calendar/<int:id>/tasks/<int:task>", "calendar_changes.task", "plan", methods=("POST",)),
)
CONTACTS = Route("wave_contacts", "members/waves/contacts", "wave_setup.contacts", "sign_members", methods=("POST",))
WAVES = (
    Route("waves", "members/waves", "waves.page", "figures", scoped=True),
    Route("wave_setup", "members/waves/setup", "wave_setup.page", "sign_members"),
    Route("wave_rules", "members/waves/rules", "wave_setup.rules", "sign_members", methods=("POST",)),
    Route("wave_budget", "members/waves/budgets", "wave_setup.budget", "sign_members", methods=("POST",)),
    CONTACTS,
    Route("waves_propose", "members/waves/propose", "waves.propose", "sign_members", methods=("POST",)),
    Route("wave_new", "members/waves/new", "waves.new", "sign_members", methods=("POST",)),
    Route("waves_measure", "members/waves/measure", "waves_together.measure", "sign_members", methods=("POST",)),
    Route("wave_show", "members/waves/<int:id>", "waves.show", "figures"),
    Route("wave_say", "members/waves/<int:id>/say", "waves.say", "sign_members", methods=("POST",)),
    Route("wave_file", "members/waves/<int:id>/file", "waves.file", "sign_members", methods=("POST",)),
    Route("action_answer", "actions/<int:id>", "actions.answer", "plan", methods=("POST",)),
)
POINTS = (
    Route("points", "members/points", "points.page", "figures", scoped=True),
    Route("points_rules", "members/points/rules", "points.rules", "sign_members", methods=("POST",)),
    Route("points_book", "members/points/book", "points.book", "sign_members", methods=("POST",)),
    Route("points_claim", "members/points/friends", "points.claim", "sign_members", methods=("POST",)),
    Route("points_settle", "members/points/friends/reward", "points.settle", "sign_members", methods=("POST",)),
    Route("member_points", "members/person/<str:id>/points", "points.member", "sign_members", methods=("POST",)),
)
PERSONS = (
    Route("member_merges", "members/merges", "persons.queue", "merge"),
    Route("member_decide", "members/merges/decide", "persons.decide", "merge", methods=("POST",)),
    Route("member_take_back", "members/merges/<int:id>/end", "persons.take_back", "merge", methods=("POST",)),
    Route("member_find", "members/find", "persons.find", "members", methods=("POST",)),
    Route("member", "members/person/<str:id>", "persons.show", "members"),
    Route("member_note", "members/person/<str:id>/notes", "persons.note", "members", methods=("POST",)),
    Route("member_reveal", "members/person/<str:id>/reveal", "persons.reveal", "reveal", methods=("POST",)),
)
MEMBERS = (
    Route("members_file", "members/file", "members_files.file", "export"),
    Route("members_limits", "members/limits", "members.limits_set", "plan", methods=("POST",)),
    Route("segment_save", "members/segments", "members.segment_save", "plan", methods=("POST",)),
    Route("segment_remove", "members/segments/remove", "members.segment_remove", "plan", methods=("POST",)),
)
UPLOADS = Route("upload", "data/upload", "uploads.receive", "data", methods=("POST",))
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
# Below this address programs ask: by key or session, in JSON (see `api.operations`).
API_ROOT = "api/"
API_UPLOAD = Route("api_upload", "api/v1/uploads", "api.imports.upload", "data", methods=("POST",))
API_WAVE_FILES = (
    Route(
        "api_wave_reasons_file", "api/v1/waves/<int:id>/reasons/file", "api.wave_files.reasons_file", "sign_members",
        methods=("POST",),
    ),
    Route("api_wave_contacts", "api/v1/waves/contacts", "api.wave_files.contacts", "sign_members", methods=("POST",)),
)  # fmt: skip
API = (
    Route("api_document", "api/v1/openapi.json", "api.document.document", "api"),
    Route("api_stores", "api/v1/stores", "api.figures.stores", "api"),
    Route("api_catalogue", "api/v1/catalogue", "api.figures.catalogue", "figures"),
    Route("api_figures", "api/v1/figures", "api.figures.figures", "figures"),
    Route("api_why", "api/v1/why", "api.figures.why", "figures"),
    Route("api_rows", "api/v1/rows", "api.figures.rows", "figures"),
    API_UPLOAD,
    Route("api_imports", "api/v1/imports", "api.imports.imports", "data"),
    Route("api_import", "api/v1/imports/<int:id>", "api.imports.show", "data"),
    Route("api_import_undo", "api/v1/imports/<int:id>/undo", "api.imports.undo", "data", methods=("POST",)),
    Route("api_quarantine", "api/v1/quarantine", "api.quarantine.rows", "data"),
    Route("api_quarantine_retry", "api/v1/quarantine/retry", "api.quarantine.retry", "data", methods=("POST",)),
    Route("api_bad_row", "api/v1/quarantine/<int:id>", "api.quarantine.show", "data"),
    Route("api_bad_row_fix", "api/v1/quarantine/<int:id>/fix", "api.quarantine.fix", "data", methods=("POST",)),
    Route(
        "api_bad_row_ignore", "api/v1/quarantine/<int:id>/ignore", "api.quarantine.ignore", "data", methods=("POST",)
    ),
    Route("api_jobs", "api/v1/jobs", "api.jobs.jobs", "data"),
    Route("api_job", "api/v1/jobs/<int:id>", "api.jobs.show", "data"),
    Route("api_job_cancel", "api/v1/jobs/<int:id>/cancel", "api.jobs.cancel", "data", methods=("POST",)),
    Route("api_job_again", "api/v1/jobs/<int:id>/again", "api.jobs.again", "data", methods=("POST",)),
    Route("api_member", "api/v1/member", "api.persons.show", "members"),
    Route("api_member_merges", "api/v1/members/merges", "api.persons.merges", "merge"),
    Route("api_member_decide", "api/v1/members/merges/decide", "api.persons.decide", "merge", methods=("POST",)),
    Route(
        "api_member_take_back",
        "api/v1/members/merges/<int:id>/end",
        "api.persons.take_back",
        "merge",
        methods=("POST",),
    ),
    Route("api_plans", "api/v1/plans", "api.plans.plans", "figures"),
    Route("api_plan_new", "api/v1/plans/new", "api.plans.new", "plan", methods=("POST",)),
    Route("api_plan_solve", "api/v1/plans/solve", "api.plans.solve", "figures", methods=("POST",)),
    Route("api_plan_check", "api/v1/plans/check", "api.plans.check", "figures", methods=("POST",)),
    Route("api_what_if", "api/v1/plans/what-if", "api.plans.what_if", "figures", methods=("POST",)),
    Route("api_plan_owners", "api/v1/plans/owners", "api.plans.owners", "figures"),
    Route("api_plan_event", "api/v1/plans/event", "api.plans.event", "figures"),
    Route("api_plan_levers", "api/v1/plans/levers", "api.plans.levers", "figures"),
    Route("api_target_pace", "api/v1/plans/pace", "api.plans.target_pace", "figures"),
    Route("api_plan", "api/v1/plans/<int:id>", "api.plans.show", "figures"),
    Route("api_plan_sources", "api/v1/plans/<int:id>/sources", "api.plans.sources", "figures"),
    Route("api_plan_differences", "api/v1/plans/<int:id>/differences", "api.plans.compare", "figures"),
    Route("api_plan_days", "api/v1/plans/<int:id>/days", "api.plans.days", "figures"),
    Route("api_plan_pace", "api/v1/plans/<int:id>/pace", "api.plans.pace", "figures"),
    Route("api_plan_change", "api/v1/plans/<int:id>/versions", "api.plans.change", "plan", methods=("POST",)),
    Route("api_plan_answer", "api/v1/plans/<int:id>/answers", "api.plans.answer", "plan", methods=("POST",)),
    Route("api_plan_scenario", "api/v1/plans/<int:id>/scenarios", "api.plans.scenario", "plan", methods=("POST",)),
    Route("api_plan_comment", "api/v1/plans/<int:id>/comments", "api.plans.comment", "plan", methods=("POST",)),
    Route("api_waves", "api/v1/waves", "api.waves.waves", "figures"),
    Route("api_wave_new", "api/v1/waves/new", "api.waves.new", "sign_members", methods=("POST",)),
    Route("api_wave_propose", "api/v1/waves/propose", "api.waves.propose", "sign_members", methods=("POST",)),
    Route("api_waves_together", "api/v1/waves/together", "api.waves.together", "figures"),
    Route("api_waves_measure", "api/v1/waves/measure", "api.waves.measure", "sign_members", methods=("POST",)),
    Route("api_wave", "api/v1/waves/<int:id>", "api.waves.show", "figures"),
    Route("api_wave_change", "api/v1/waves/<int:id>/versions", "api.waves.change", "sign_members", methods=("POST",)),
    Route("api_wave_check", "api/v1/waves/<int:id>/check", "api.waves.check", "sign_members", methods=("POST",)),
    Route("api_wave_result", "api/v1/waves/<int:id>/result", "api.waves.result", "sign_members", methods=("POST",)),
    Route("api_wave_decline", "api/v1/waves/<int:id>/decline", "api.waves.decline", "sign_members", methods=("POST",)),
    Route("api_wave_totals", "api/v1/waves/<int:id>/totals", "api.waves.totals", "sign_members", methods=("POST",)),
    Route("api_wave_export", "api/v1/waves/<int:id>/export", "api.waves.export", "sign_members", methods=("POST",)),
    Route("api_wave_file", "api/v1/waves/<int:id>/file", "api.waves.file", "sign_members"),
    Route("api_wave_send", "api/v1/waves/<int:id>/send", "api.waves.send", "sign_members", methods=("POST",)),
    Route("api_wave_reasons", "api/v1/waves/<int:id>/reasons", "api.waves.reasons", "figures"),
    Route(
        "api_wave_reasons_add",
        "api/v1/waves/<int:id>/reasons/add",
        "api.waves.reasons_add",
        "sign_members",
        methods=("POST",),
    ),
    Route("api_points", "api/v1/points", "api.points.points", "figures"),
    Route("api_points_rules", "api/v1/points/rules", "api.points.rules", "sign_members", methods=("POST",)),
    Route("api_points_book", "api/v1/points/book", "api.points.book", "sign_members", methods=("POST",)),
    Route("api_points_member", "api/v1/points/member", "api.points.show", "members"),
    Route("api_points_burn", "api/v1/points/burn", "api.points.burn", "sign_members", methods=("POST",)),
    Route("api_points_correct", "api/v1/points/correct", "api.points.correct", "sign_members", methods=("POST",)),
    Route("api_referrals", "api/v1/referrals", "api.points.referrals", "figures"),
    Route("api_referral_code", "api/v1/referrals/code", "api.points.code", "sign_members", methods=("POST",)),
    Route("api_referral_claim", "api/v1/referrals/claim", "api.points.claim", "sign_members", methods=("POST",)),
    Route("api_referral_settle", "api/v1/referrals/settle", "api.points.settle", "sign_members", methods=("POST",)),
    *API_WAVE_FILES,
    Route("api_actions", "api/v1/actions", "api.waves.actions", "figures"),
    Route("api_action_answer", "api/v1/actions/<int:id>", "api.waves.action_answer", "plan", methods=("POST",)),
    Route("api_members_rfm", "api/v1/members/rfm", "api.members.rfm", "figures"),
    Route("api_members_lifecycle", "api/v1/members/lifecycle", "api.members.lifecycle", "figures"),
    Route("api_members_times", "api/v1/members/times", "api.members.times", "figures"),
    Route("api_members_times_goods", "api/v1/members/times/goods", "api.members.times_goods", "figures"),
    Route("api_members_second", "api/v1/members/second", "api.members.second", "figures"),
    Route("api_members_repurchase", "api/v1/members/repurchase", "api.members.repurchase", "figures"),
    Route("api_members_pairs", "api/v1/members/pairs", "api.members.pairs", "figures"),
    Route("api_members_rules", "api/v1/members/rules", "api.members.rules", "figures"),
    Route("api_members_preference", "api/v1/members/preference", "api.members.preference", "figures"),
    Route("api_member_preference", "api/v1/member/preference", "api.members.member_preference", "members"),
    Route("api_members_joined", "api/v1/members/joined", "api.members.joined", "figures"),
    Route("api_members_cohorts", "api/v1/members/cohorts", "api.members.cohorts", "figures"),
    Route("api_members_segment", "api/v1/members/segment", "api.members.segment", "figures"),
    Route("api_segments", "api/v1/segments", "api.members.segments", "figures"),
    Route("api_segment_keep", "api/v1/segments/keep", "api.members.segment_keep", "plan", methods=("POST",)),
    Route("api_segment_drop", "api/v1/segments/drop", "api.members.segment_drop", "plan", methods=("POST",)),
    Route("api_events", "api/v1/events", "api.events.events", "figures"),
    Route("api_event_new", "api/v1/events/new", "api.events.new", "plan", methods=("POST",)),
    Route("api_event", "api/v1/events/<int:id>", "api.events.show", "figures"),
    Route("api_event_change", "api/v1/events/<int:id>/versions", "api.events.change", "plan", methods=("POST",)),
    Route("api_event_answer", "api/v1/events/<int:id>/answers", "api.events.answer", "plan", methods=("POST",)),
    Route("api_event_task_add", "api/v1/events/<int:id>/tasks", "api.events.task_add", "plan", methods=("POST",)),
    Route(
        "api_event_task_set",
        "api/v1/events/<int:id>/tasks/<int:task>",
        "api.events.task_set",
        "plan",
        methods=("POST",),
    ),
)
# Its other addresses are the library's, each behind the guard of this one (see `back_office.Office`).
BACK_OFFICE = Route("back_office", "back-office/", "back_office.page", "back_office", methods=("GET", "POST"))
ROUTES = (
    *NAVIGATION,
    *PLACES,
    *OTHERS,
    *PLANS,
    *EVENTS,
    *MEMBERS,
    *PERSONS,
    *POINTS,
    *WAVES,
    *ACCOUNT,
    *STORES,
    *PEOPLE,
    *DATA,
    *API,
    BACK_OFFICE,
)
