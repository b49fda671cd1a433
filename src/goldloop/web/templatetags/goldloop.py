"""Template tags: words, numbers and addresses of pages."""

from __future__ import annotations

from typing import Any

from django import template

from goldloop.core import formatting
from goldloop.web import words

register = template.Library()


@register.simple_tag(takes_context=True)
def t(context: dict[str, Any], key: str, **params: Any) -> str:
    """The words of a key in the reader's language; the template escapes what was filled in."""
    return words.word(key, context["lang"], **params)


@register.simple_tag(takes_context=True)
def number(context: dict[str, Any], value: Any, unit: str, currency: str | None = None, **options: Any) -> str:
    """A figure as pages show it: compact, in the reader's language."""
    return formatting.compact(value, unit, currency, context["lang"], **options)


@register.simple_tag(takes_context=True)
def exact(context: dict[str, Any], value: Any, unit: str, currency: str | None = None) -> str:
    """A figure with all its digits."""
    return formatting.exact(value, unit, currency, context["lang"])


@register.simple_tag(takes_context=True)
def scoped(context: dict[str, Any], address: str, **changes: Any) -> str:
    """An address that keeps the page's scope (stores, period, comparison ...), with some of it changed."""
    return context["scope"].address(address, **changes)
