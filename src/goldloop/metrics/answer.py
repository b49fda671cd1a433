"""The result object: rows with their scope, data state, reasons and notes; the same for screen, file and API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from goldloop.core.formula import Number
from goldloop.core.money import exponent
from goldloop.metrics.definitions import FIGURES
from goldloop.metrics.reasons import note_text, text

if TYPE_CHECKING:
    import pandas
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Reason:
    """Why one figure of one row is null."""

    row: int
    figure: str
    code: str
    params: dict[str, Any]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """As it stands in `reasons` of an answer."""
        return {"row": self.row, "figure": self.figure, "code": self.code, "text": text(self.code, self.params, lang)}


@dataclass(frozen=True, slots=True)
class Note:
    """Something to know of an answer: a code and its values."""

    code: str
    params: dict[str, Any]

    def text(self, lang: str = "en") -> str:
        """As a sentence."""
        return note_text(self.code, self.params, lang)


class Columns(Mapping[str, list[Any]]):
    """Columns by name, in their order; those given as functions are made when they are first asked for.

    >>> Columns({"gmv": [3, 4], "gmv__change": lambda: [1, 2]})["gmv__change"]
    [1, 2]
    """

    def __init__(self, columns: Mapping[str, list[Any] | Callable[[], list[Any]]]) -> None:
        self._columns = dict(columns)

    def __getitem__(self, name: str) -> list[Any]:
        found = self._columns[name]
        if not isinstance(found, list):
            found = self._columns[name] = found()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return repr(dict(self))


@dataclass(frozen=True)
class Answer:
    """Figures by cuts for one scope.

    `cuts` and `figures` are column names; `columns` holds one list per cut, figure, `<figure>__compared`,
    `<figure>__change` and `<figure>__change_rate`, all of the same length. Money is in minor units of
    `currencies[row]` (an exact Decimal of them where amounts were converted), money per something an exact Decimal of
    minor units, rates are float64, counts int. `places` are the decimals of money in Arrow tables. `ways()` tells how each group of
    parts was counted: `parts` (its name), `from` (sums, people, facts), `read` (what of it), `why` it was not a shorter way.
    """

    cuts: tuple[str, ...]
    figures: tuple[str, ...]
    columns: Mapping[str, list[Any]]
    currencies: list[str | None]
    reasons: list[Reason]
    scope: dict[str, Any]
    data: dict[str, Any]
    notes: list[Note]
    script: Callable[[], str] = field(default=str, repr=False)
    ways: Callable[[], list[dict[str, str]]] = field(default=list, repr=False)
    places: int = 6

    def __len__(self) -> int:
        return len(self.currencies)

    @property
    def sql(self) -> str:
        """The SQL behind the answer, to be run in a plain DuckDB shell."""
        return self.script()

    def value(self, figure: str, row: int = 0) -> Number | None:
        """One unrounded number, money in minor units."""
        return self.columns[figure][row]

    def rows(self) -> list[dict[str, Any]]:
        """Rows as JSON carries them: money as decimal strings in major units, rates as numbers, null where unknown."""
        written = {name: self._written(name) for name in self.columns}
        return [{name: written[name][i] for name in self.columns} for i in range(len(self))]

    def _written(self, name: str) -> list[Any]:
        values = self.columns[name]
        base, _, suffix = name.partition("__")
        if base not in FIGURES or suffix == "change_rate":
            return [float(v) if isinstance(v, Decimal) else v for v in values]
        unit = FIGURES[base].unit
        return [write(v, unit, c) for v, c in zip(values, self.currencies, strict=True)]

    def as_dict(self, lang: str = "en") -> dict[str, Any]:
        """The whole answer as `--json` prints it."""
        return {
            "rows": self.rows(),
            "reasons": [r.as_dict(lang) for r in self.reasons],
            "scope": self.scope,
            "data": self.data,
            "notes": [n.text(lang) for n in self.notes],
        }

    def to_arrow(self) -> pa.Table:
        """An Arrow table: cuts as text, money as decimal128(38, places) of major units, rates float64, counts int64."""
        import pyarrow as pa

        columns, fields = [], []
        for name, values in self.columns.items():
            base, _, suffix = name.partition("__")
            if base not in FIGURES:
                kind: pa.DataType = pa.string()
            elif suffix == "change_rate" or FIGURES[base].unit in ("rate", "number", "seconds"):
                kind = pa.float64()
                values = [None if v is None else float(v) for v in values]
            elif FIGURES[base].unit == "count":
                kind = pa.int64()
            else:
                kind = pa.decimal128(38, self.places)
                values = [major(v, c, self.places) for v, c in zip(values, self.currencies, strict=True)]
            columns.append(pa.array(values, kind))
            fields.append(pa.field(name, kind))
        return pa.table(columns, schema=pa.schema(fields))

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The same table for any library that takes Arrow: `polars.DataFrame(answer)`, `ibis.memtable(pa.table(answer))`."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def to_pandas(self) -> pandas.DataFrame:
        """A pandas data frame of `to_arrow()`."""
        return self.to_arrow().to_pandas()

    def __repr__(self) -> str:
        return render(self)


def major(value: Number | None, currency: str | None, places: int = 6) -> Decimal | None:
    """Minor units (int or exact Decimal) to major units, rounded half up to so many decimals."""
    if value is None:
        return None
    scaled = Decimal(value).scaleb(-exponent(currency or ""))
    return scaled.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)


def write(value: Number | None, unit: str, currency: str | None) -> Any:
    """One value as JSON carries it."""
    if value is None:
        return None
    if unit == "money":
        places = exponent(currency or "")
        return f"{Decimal(value).scaleb(-places):f}"
    if unit == "money_per":
        return f"{major(value, currency):f}"
    if unit == "count":
        return int(value)
    return float(value)


def shown(value: Number | None, unit: str, currency: str | None) -> str:
    """One value for a text table: thousands separated, rates in percent, a dash for null."""
    if value is None:
        return "-"
    if unit == "rate":
        return f"{float(value) * 100:,.2f}%"
    if unit == "money":
        places = exponent(currency or "")
        return f"{major(value, currency, places):,f}"
    if unit == "money_per":
        return f"{major(value, currency, 2):,f}"
    if unit == "count":
        return f"{int(value):,}"
    return f"{float(value):,.2f}"


def render(answer: Answer, most: int = 40) -> str:
    """A plain text table of an answer with its scope, for a Python prompt."""
    header = list(answer.columns)
    lines: list[Sequence[str]] = [header]
    for i in range(min(len(answer), most)):
        line = []
        for name in header:
            base, _, suffix = name.partition("__")
            value = answer.columns[name][i]
            if base not in FIGURES:
                line.append("" if value is None else str(value))
            else:
                unit = "rate" if suffix == "change_rate" else FIGURES[base].unit
                line.append(shown(value, unit, answer.currencies[i]))
        lines.append(line)
    widths = [max(len(line[k]) for line in lines) for k in range(len(header))]
    text_lines = ["  ".join(cell.rjust(w) for cell, w in zip(line, widths, strict=True)) for line in lines]
    scope = answer.scope
    head = f"{', '.join(scope['stores'])}  {scope['from']}..{scope['to']}  {scope['currency'] or ''}"
    more = [f"... {len(answer) - most} more rows"] if len(answer) > most else []
    return "\n".join([head, *text_lines, *more, *[f"note: {n.text()}" for n in answer.notes]])
