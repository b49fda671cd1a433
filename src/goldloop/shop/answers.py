"""Questions about what happened: figures, the rows behind them, and why they moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goldloop.shop.opened import Opened, at_work

if TYPE_CHECKING:
    import pyarrow as pa

    from goldloop.jobs.daily import Daily
    from goldloop.metrics.answer import Answer as FigureAnswer
    from goldloop.metrics.why_text import Account


class Answers(Opened):
    """Questions about what happened: figures, the rows behind them, and why they moved."""

    @at_work
    def figures(
        self,
        names: Sequence[str] = (),
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        by: str | Sequence[str] = (),
        stores: str | Sequence[str] = (),
        compare: str | None = None,
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        new_by: str = "buyer",
        as_of_sale: bool = False,
        currency: str | None = None,
        known: date | str | None = None,
        same_age: bool = False,
    ) -> FigureAnswer:
        """Figures of a scope: by default the golden formula over all loaded days.

        `first` and `last` are business days (both inside); `by` up to two cuts such as "month" or ["month", "store"];
        `compare` previous, last-year, same-weekday or FROM..TO; `where` cut -> value or values; `basis` auto, platform
        or orders; `new` platform365, first-ever or first-in-data; `new_by` buyer or order; `currency` what all amounts
        are converted into, at the loaded rate of each row's day; `known` the day up to which refunds of orders count;
        `same_age` counts on the compared side only those that had come when it was as old as these days are. Money comes
        back in minor units, as Decimal where it was converted or is money per something; `.to_arrow()`, `.to_pandas()`,
        `.rows()` and `.sql` are on the result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=names, first=first, last=last, by=by, stores=stores, compare=compare, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, known=known, same_age=same_age,
            span=self._span,
        )  # fmt: skip
        return questions.figures(self.home, self._engine(), self.viewer(), request)

    @at_work
    def trace(
        self,
        figure: str,
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        stores: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        currency: str | None = None,
        limit: int = 20,
        offset: int = 0,
    ) -> dict[str, Any]:
        """The fact rows behind a figure, largest first, each with the files, sheets and rows that state it."""
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=(), stores=stores, compare=None, where=where, basis=basis,
            new=new, new_by="buyer", as_of_sale=False, currency=currency, span=self._span,
        )  # fmt: skip
        return questions.trace(self.home, self._engine(), self.viewer(), request, limit=limit, offset=offset)

    @at_work
    def reconcile(
        self,
        between: str,
        *,
        store: str | None = None,
        first: date | str | None = None,
        last: date | str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Two sources of one store compared, order by order: `platform,erp`, `orders,settlements` or `orders,refunds`.

        `first` and `last` default to the first and last day that either source holds of the store. `totals` hold the
        figure of each side and the `difference`, to which the differences of all `rows` add up. With `limit` only the
        largest ones come along, and `left` counts the others. Amounts are text in major units.
        """
        from goldloop.jobs import questions, reconciling

        snapshot, viewer = self.snapshot(), self.viewer()
        period = questions.period(
            first, last, lambda: reconciling.loaded_days(snapshot, viewer, between, store=store) or self._span()
        )
        return reconciling.compare(snapshot, viewer, between, store=store, period=period, limit=limit)

    @at_work
    def bridge(
        self,
        left: str,
        right: str,
        *,
        figure: str = "gmv",
        store: str | None = None,
        first: date | str | None = None,
        last: date | str | None = None,
        by: str | None = None,
        rows: str | None = "all",
        limit: int | None = 20,
    ) -> dict[str, Any]:
        """Why two sources state different figures: one line per rule, which sum to the difference to the minor unit.

        Sources are named by `bridge_sources`; `figure` gmv or refunds; `by` "day" adds each day. `first` and `last` default
        to the days that both sources hold. `rows` is the line whose rows come along (at most `limit` of a line), "all" or
        None. Amounts are text in major units, right less left.
        """
        from goldloop.jobs import bridging, questions

        engine, viewer = self._engine(), self.viewer()
        period = questions.period(
            first,
            last,
            lambda: bridging.loaded_days(engine, viewer, left, right, figure=figure, store=store) or self._span(),
        )
        return bridging.between(
            self.home, engine, viewer, left, right, figure=figure, store=store, period=period, by=by,
            rows=rows, limit=limit,
        )  # fmt: skip

    @at_work
    def bridge_sources(self, *, store: str | None = None) -> list[dict[str, Any]]:
        """The sources a bridge can begin and end at, the days loaded of each, and what it is declared to count."""
        from goldloop.jobs import bridging

        return bridging.sources(self._engine(), self.viewer(), store=store)

    @at_work
    def order_history(self, order_id: str) -> list[dict[str, Any]]:
        """Statuses of an order and its lines as files showed them, oldest first; raises `order_unknown`."""
        from goldloop.jobs.history import order_history

        return order_history(self.snapshot(), self.viewer(), order_id)

    @at_work
    def why(
        self,
        figure: str = "gmv",
        *,
        first: date | str | None = None,
        last: date | str | None = None,
        against: str = "previous",
        tree: str | None = None,
        by: str | Sequence[str] = (),
        depth: int = 2,
        top: int = 10,
        drill: str | Sequence[str] | None = None,
        stores: str | Sequence[str] = (),
        where: Mapping[str, str | Sequence[str]] | None = None,
        basis: str = "auto",
        new: str = "platform365",
        new_by: str = "buyer",
        as_of_sale: bool = False,
        currency: str | None = None,
        known: date | str | None = None,
        same_age: bool = False,
    ) -> Account:
        """Why a figure moved: its change over drivers and, with `by`, over segments; every list sums to it exactly.

        `against` previous, last-year, same-weekday, FROM..TO or store:NAME; `tree` funnel, customers, orders, net,
        efficiency or profit (default: the figure's own); `depth` 1 stops the funnel at buyer value; `top` segments are
        named before the line of others; `drill` up to six cuts over which segments that moved unlike the rest are
        looked for ("none": not at all, None: those that the loaded data knows). The rest as in `figures`. `.as_dict()`, `.rows()` and `.text()` are on the
        result.
        """
        from goldloop.jobs import questions

        request = questions.request(
            names=(figure,), first=first, last=last, by=by, stores=stores, compare=None, where=where, basis=basis,
            new=new, new_by=new_by, as_of_sale=as_of_sale, currency=currency, known=known,
            same_age=same_age, span=self._span,
        )  # fmt: skip
        return questions.why(
            self._engine(), self.viewer(), request, against=against, tree=tree, depth=depth, top=top, drill=drill
        )

    @at_work
    def daily(self, store: str | None = None, *, day: date | None = None, now: datetime | None = None) -> Daily:
        """The daily report of a store's business day (default: its newest loaded one); `now` tells which feeds are late.

        Raises `store_unknown`, `store_needed` or `nothing_loaded`. `.text(lang)` and `.as_dict(lang)` are on the result.
        """
        from goldloop.jobs import daily, questions

        chosen = self._one_store(store)
        if day is None:
            day = questions.period(None, None, self._span).last
        late = self.feeds(store=chosen, now=now)
        titles = self.product_titles([chosen])
        reports = self.profile_titles()
        return daily.report(
            self.store(chosen), day, figures=self.figures, why=self.why, late=late, titles=titles, reports=reports
        )

    @at_work
    def product_titles(self, stores: Sequence[str] = ()) -> dict[str, str]:
        """Value of the cut `product` -> title, of these stores (default: all that the viewer may see)."""
        from goldloop.metrics.labels import product_titles

        ids = [store.id for store in self.stores() if not stores or store.name in stores]
        return product_titles(self._engine(), self.viewer(), ids)

    @at_work
    def catalogue(self) -> dict[str, list[dict[str, Any]]]:
        """All figures that the viewer may see and all cuts, with the columns of the loaded product files."""
        from goldloop.jobs import questions

        return questions.catalogue(self._engine(), self.viewer())

    @at_work
    def sql(self, query: str) -> pa.Table:
        """The rows of one SELECT of your own on views of the facts (`docs/reference/tables.md`), as an Arrow table.

        Amounts are whole minor units. For who may see every store and every field; raises `group_right_needed`,
        `sql_hidden`, `sql_one_select` or `sql_failed`.
        """
        from goldloop.jobs import sql

        return sql.query(self.snapshot(), self.viewer(), query)

    @at_work
    def views_export(self, file: str | Path) -> int:
        """Write the same views into a `.sql` or `.duckdb` file for other programs; how many. Raises as `sql`, and `sql_file`.

        They name the files of the newest state, so they are written again after an import.
        """
        from goldloop.jobs import sql

        return sql.write_views(self.snapshot(), self.viewer(), Path(file))
