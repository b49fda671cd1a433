"""Figures, why they moved, and the rows behind them; the stores and the catalogue of what can be asked."""

from __future__ import annotations

from django.http import HttpResponse
from ninja import Query

from goldloop.cli.stores import as_row
from goldloop.web.api import answers
from goldloop.web.api.asked import FiguresAsked, RowsAsked, WhyAsked
from goldloop.web.api.operations import operation, written
from goldloop.web.request import Request


@operation(answers.Stores)
def stores(request: Request) -> HttpResponse:
    """The stores."""
    return written({"stores": [as_row(store) for store in request.shop.stores()]})


@operation(answers.Catalogue)
def catalogue(request: Request) -> HttpResponse:
    """All figures and all cuts."""
    return written(request.shop.catalogue())


@operation(answers.Figures)
def figures(request: Request, asked: Query[FiguresAsked]) -> HttpResponse:
    """Figures by up to two cuts, compared with any days."""
    return written(request.shop.figures(**asked.question()).as_dict(request.lang))


@operation(answers.Why)
def why(request: Request, asked: Query[WhyAsked]) -> HttpResponse:
    """Why a figure moved."""
    return written(request.shop.why(**asked.question()).as_dict(request.lang))


@operation(answers.Traced)
def rows(request: Request, asked: Query[RowsAsked]) -> HttpResponse:
    """The rows behind a figure, down to file, sheet and line."""
    return written(request.shop.trace(**asked.question()))
