"""Template tags of the pages about what comes in."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import template

from goldloop.core.event_words import title
from goldloop.web.words import catalogue, word

if TYPE_CHECKING:
    from goldloop.apps.calendar.api import Event

register = template.Library()


@register.simple_tag(takes_context=True)
def word_of(context: dict[str, Any], key: str, name: str) -> str:
    """The words of `key` and a name put together; the name itself where the catalogue has none."""
    return word(key + name, context["lang"]) if key + name in catalogue() else name


@register.simple_tag(takes_context=True)
def platform(context: dict[str, Any], name: str) -> str:
    """What a platform is called."""
    return word_of(context, "data.platform_", name)


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: datetime | str) -> str:
    """A moment by the clock of the reader's first store."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{at.astimezone(_zone(context['request'])):%Y-%m-%d %H:%M}"


@register.simple_tag(takes_context=True)
def event_title(context: dict[str, Any], event: Event) -> str:
    """What an event is called, in the language of the reader where a coupon calendar proposed it."""
    return title(event.content, context["request"].lang)


@register.simple_tag(takes_context=True)
def note_of(context: dict[str, Any], note: str) -> str:
    """The note of a plan; that of a scenario in words."""
    from goldloop.web.plan_fields import made_from

    return made_from(note, context["lang"])


@register.simple_tag(takes_context=True)
def job_stage(context: dict[str, Any], job: Any) -> str:
    """What a running job is doing."""
    return word_of(context, "data.stage_", "queued" if job.state == "queued" else job.stage or "begins")


@register.simple_tag(takes_context=True)
def job_title(context: dict[str, Any], job: Any) -> str:
    """What a job is: its kind, and the files it is about."""
    files = [str(one["label"]) for one in job.arguments.get("files", ())]
    kind = word(f"data.job_kind_{job.kind}", context["lang"])
    return kind if not files else f"{kind}: {files[0]}" + (f" + {len(files) - 1}" if len(files) > 1 else "")


@register.inclusion_tag("web/data_upload.html", takes_context=True)
def upload_form(context: dict[str, Any]) -> dict[str, Any]:
    """The form that takes files."""
    from goldloop.web.data import form

    return context.flatten() | form(context["request"])  # type: ignore[attr-defined]


@register.inclusion_tag("web/data_first_steps.html", takes_context=True)
def first_steps(context: dict[str, Any]) -> dict[str, Any]:
    """The three steps from nothing to the first figures, with the form that takes files."""
    return upload_form(context)


def _zone(request: Any) -> ZoneInfo:
    if not hasattr(request, "_zone"):
        stores = request.shop.stores()
        request._zone = ZoneInfo(stores[0].timezone) if stores else ZoneInfo("UTC")
    return request._zone  # type: ignore[no-any-return]
