"""The back office: raw records of every table that is safe to show, for who has the right to the whole group.

Records are read here and changed on their own pages. What can be done here nothing else can do: let somebody in again
who is locked out, and end or repeat anybody's job. Only the named columns of the named tables are shown (default deny);
sealed and secret ones are not among them, and telephone numbers and mail addresses in texts are masked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, cast

from django.apps import apps
from django.contrib import admin, messages
from django.db.models import BooleanField, Model, QuerySet
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.translation import get_language
from unfold.admin import ModelAdmin
from unfold.sites import UnfoldAdminSite

from goldloop.cli.words import Words
from goldloop.core.errors import GoldloopError
from goldloop.jobs.personal import masked_text
from goldloop.web.request import Request
from goldloop.web.routes import BACK_OFFICE
from goldloop.web.words import word

LONGEST = 120  # characters of a text in a list


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its model, the columns of its list, further ones of a record's page, and what the list is narrowed by."""

    model: str
    listed: str
    further: str = ""
    by: str = ""


TABLES = (
    Table("shops.User", "username is_active is_superuser last_login date_joined", "language theme landing", "is_active"),
    Table("shops.Grant", "user__username role store__name unit__name given_by__username given_at", by="role"),
    Table("shops.Invitation", "user__username made_by__username made_at expires_at used_at"),
    Table("shops.ApiToken", "user__username name hint rights stores made_at expires_at used_on ended_at"),
    Table("shops.Store", "id name platform currency timezone day_starts opened_on identity_limit gmv_amount", by="platform"),
    Table("shops.OrgUnit", "id name kind parent__name", by="kind"),
    Table("shops.StoreMembership", "store__name unit__name valid_from"),
    Table("shops.ExclusionRule", "code kind values platforms"),
    Table(
        "shops.AuditEntry", "number moment actor_name action route target result",
        "actor stores request_id address detail seal", "action result",
    ),
    Table(
        "feeds.Import", "id file_name store__name profile state started_at read new quarantined",
        "member sheet period parent_id replaced_by_id finished_at file_size content_hash store_column error confidence"
        " updated unchanged dropped control facts coverage columns_unused first_day last_day elapsed", "state profile",
    ),
    Table("feeds.QuarantinedRow", "id source_id row state reason", "issues content_hash fixed_by_id", "state"),
    Table("feeds.LakeVersion", "id reason made_at source_id", "base versions settings", "reason"),
    Table("feeds.Rhythm", "store__name profile days"),
    Table("queue.Job", "id kind state asked_by__username asked_at finished_at", "stage file done total stops cancel error", "state kind"),
    Table("queue.KeptAnswer", "id user__username key status kept_at"),
    Table("campaigns.Wave", "id currency state current", "reason told", "state"),
    Table("campaigns.WaveVersion", "wave_id number made_by made_at", "said"),
    Table("campaigns.WaveFile", "id wave_id kind way lines cost made_by made_at", "sha256", "kind way"),
    Table("campaigns.Budget", "month currency amount taken", by="currency"),
    Table("campaigns.Message", "id wave_id kind state attempts at", "reason", "kind state"),
    Table("campaigns.Reason", "id wave_id code by at", by="code"),
    Table("campaigns.Totals", "id wave_id by at", "said"),
    Table("campaigns.Result", "id wave_id known_on made_at", "told"),
    Table("actions.Action", "id kind ref title owner state due_on made_by", "currency predicted result receipt made_at", "state"),
    Table("actions.Answer", "id action_id said by at", "reason", "said"),
    Table("loyalty.Program", "id name currency booked_to", "said rates"),
    Table("loyalty.Account", "id program__name total"),
    Table("loyalty.Entry", "id account_id kind points day made_by made_at", "amount", "kind"),
    Table("loyalty.Referral", "id program__name state reason claimed_on bought_on decided_at", "claimed_at", "state reason"),
    Table("members.MergeDecision", "id kind made_by made_at undone_by undone_at", by="kind"),
    Table("members.Consent", "id kind source given_at withdrawn_at made_by", by="kind"),
    Table("watch.Rule", "code kind figure direction rate amount least sensitivity enabled", "where quiet_from quiet_to", "enabled"),
    Table("watch.Alarm", "id rule__code store__name subject side state opened_on last_on", "cleared_on numbers acknowledged_by note", "state"),
    Table("axes.AccessAttempt", "username ip_address failures_since_start attempt_time"),
    Table("usersessions.UserSession", "user__username ip created_at last_seen_at"),
)  # fmt: skip


def in_language(key: str) -> Any:
    """A word in the language of whoever reads it."""
    return lazy(lambda: word(key, "zh" if (get_language() or "").startswith("zh") else "en"), str)()


class Office(UnfoldAdminSite):
    """The library's site behind our own guard; log-in, log-out and password are those of the pages."""

    index_title = in_language("back_office.title")

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """Every view of the site is guarded like the route of its first page."""
        from goldloop.web.urls import guarded

        return guarded(BACK_OFFICE, super().admin_view(view, cacheable))

    def has_permission(self, request: Request) -> bool:  # type: ignore[override]
        """Whether a person has the right; the library asks for its menu, too."""
        return BACK_OFFICE.right in request.rights

    def get_app_list(self, request: Request, app_label: str | None = None) -> list[Any]:  # type: ignore[override]
        """The tables, by subject, with the subjects named in the reader's language."""
        found = super().get_app_list(request, app_label)
        return [{**one, "name": word(f"back_office.of_{one['app_label']}", request.lang)} for one in found]

    def login(self, request: Request, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """Nobody logs in here."""
        return cast(
            HttpResponse, self.admin_view(lambda request: HttpResponseRedirect(reverse(BACK_OFFICE.name)))(request)
        )

    def logout(self, request: Request, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """The log-out of the pages."""
        from goldloop.web.account import log_out

        return log_out(request)

    def password_change(self, request: Request, extra_context: Any = None) -> HttpResponse:  # type: ignore[override]
        """The page of one's own password."""
        return HttpResponseRedirect(reverse("account_change_password"))


class Records(ModelAdmin):
    """A table that is only looked at."""

    list_fullwidth = True
    list_per_page = 50
    show_full_result_count = False
    actions: Sequence[Any] = ()

    def has_view_permission(self, request: Request, obj: Any = None) -> bool:  # type: ignore[override]
        """Everybody who gets here."""
        return self.admin_site.has_permission(request)

    has_module_permission = has_view_permission  # type: ignore[assignment]

    def has_add_permission(self, request: Request) -> bool:  # type: ignore[override]
        """Nobody."""
        return False

    def has_change_permission(self, request: Request, obj: Any = None) -> bool:  # type: ignore[override]
        """Nobody."""
        return False

    def has_delete_permission(self, request: Request, obj: Any = None) -> bool:  # type: ignore[override]
        """Nobody."""
        return False

    def log_deletions(self, request: Request, queryset: QuerySet[Any]) -> Any:  # type: ignore[override]
        """Nothing: the audit log has it, see `audit.audited`."""


class LockOuts(Records):
    """Wrong passwords that were counted: taking a line away lets its person try again."""

    def has_delete_permission(self, request: Request, obj: Any = None) -> bool:  # type: ignore[override]
        """Everybody who gets here."""
        return self.has_view_permission(request)

    def delete_model(self, request: Request, obj: Any) -> None:  # type: ignore[override]
        """Forget the failures, and say whose."""
        request.audit.note(target=f"{obj._meta.label} {obj.pk}")
        super().delete_model(request, obj)

    def delete_queryset(self, request: Request, queryset: QuerySet[Any]) -> None:  # type: ignore[override]
        """Forget the failures, and say how many lines."""
        request.audit.note(target=queryset.model._meta.label, rows=queryset.count())
        super().delete_queryset(request, queryset)


class Jobs(Records):
    """Everybody's jobs, which can be ended and tried again."""

    actions = ("cancel", "again")

    @admin.action(description=in_language("back_office.cancel"))
    def cancel(self, request: Request, queryset: QuerySet[Any]) -> None:
        """End jobs."""
        from goldloop.jobs import queue

        self._each(request, queryset, queue.cancel)

    @admin.action(description=in_language("back_office.again"))
    def again(self, request: Request, queryset: QuerySet[Any]) -> None:
        """Try jobs again."""
        from goldloop.jobs import queue

        self._each(request, queryset, queue.again)

    def _each(self, request: Request, queryset: QuerySet[Any], act: Callable[..., Any]) -> None:
        request.audit.note(target="jobs " + ", ".join(str(job.pk) for job in queryset), jobs=len(queryset))
        for job in queryset:
            try:
                act(job.pk, user=job.asked_by_id)
            except GoldloopError as error:
                self.message_user(request, Words(request.lang).error(error), messages.WARNING)


KINDS: dict[str, type[Records]] = {"axes.AccessAttempt": LockOuts, "queue.Job": Jobs}


def site() -> Office:
    """The site with every table registered."""
    made = Office(name="admin")
    for table in TABLES:
        listed = [_column(name) for name in table.listed.split()]
        whole = [*listed, *(_column(name, None) for name in table.further.split())]
        shown = {
            "list_display": listed,
            "list_filter": [_filter(apps.get_model(table.model), name) for name in table.by.split()],
            "readonly_fields": whole,
            "fields": whole,
            "ordering": ["-pk"],
            "__module__": __name__,
        }
        kind, model = KINDS.get(table.model, Records), apps.get_model(table.model)
        name = table.model.replace(".", "_").lower()
        model._meta.verbose_name = model._meta.verbose_name_plural = in_language(f"back_office.{name}")
        apps.get_app_config(model._meta.app_label).verbose_name = in_language(f"back_office.of_{model._meta.app_label}")
        for field in table.by.split():
            model._meta.get_field(field).verbose_name = column_name(field)  # type: ignore[union-attr]
        made.register(model, type(f"{kind.__name__}_{name}", (kind,), shown))
    return made


def _filter(model: type[Model], name: str) -> Any:
    """What a list is narrowed by: its values as they stand in the list, or yes and no."""
    return name if isinstance(model._meta.get_field(name), BooleanField) else (name, admin.AllValuesFieldListFilter)


def column_name(path: str) -> Any:
    """What a column is called: one of another record by that record."""
    return in_language(f"back_office.column_{path.partition('__')[0].removesuffix('_id')}")


def _column(path: str, longest: int | None = LONGEST) -> Callable[[Model], str]:
    """A column as text: what it points to by name, texts masked and in lists cut off."""

    @admin.display(description=column_name(path), ordering=path)
    def shown(record: Model) -> Any:
        value: Any = record
        for part in path.split("__"):
            value = getattr(value, part, None)
        if isinstance(value, dict | list):
            value = json.dumps(value, ensure_ascii=False, default=str)
        if isinstance(value, datetime):
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        if isinstance(value, date):
            return str(value)
        if not isinstance(value, str):
            return value
        text = masked_text(value)
        return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"

    shown.__name__ = path
    return shown


def page(request: Request) -> HttpResponse:
    """The first page: all tables."""
    return office.index(request)


office = site()
