"""What the operations of the API are asked: the same parameters, by the same names, as the command line's options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Field, Schema

from goldloop.cli.figures import as_of_sale, scope

MOST = 500  # entries of a list in one answer
FAR = 1_000_000_000
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Words = Annotated[list[Text], Field(max_length=100)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(ge=1, le=MOST)]
Offset = Annotated[int, Field(ge=0, le=FAR)]
New = Literal["platform365", "first-ever", "first-in-data"]


class ScopeAsked(Schema):
    """Stores, days, filters and definitions that a question is about."""

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    store: Words = []
    where: Words = []
    basis: Literal["auto", "platform", "orders"] = "auto"
    new: New = "platform365"
    currency: Code | None = None

    def scope(self) -> dict[str, Any]:
        """As every question of the shop takes it."""
        asked = (self.first or "", self.last or "", self.store, self.where, self.basis, self.new, self.currency or "")
        return scope(*asked)


class FiguresAsked(ScopeAsked):
    """Figures by up to two cuts."""

    figures: Words = []
    by: Words = []
    compare: Text | None = None
    new_by: Literal["buyer", "order"] = "buyer"
    as_of: Literal["today", "sale"] = "today"
    known: Day | None = None
    same_age: bool = False

    def question(self) -> dict[str, Any]:
        """The keyword arguments of `Shop.figures`."""
        return {
            "names": several(self.figures), "by": several(self.by), "compare": self.compare, **self.scope(),
            "new_by": self.new_by, "as_of_sale": as_of_sale(self.as_of), "known": self.known, "same_age": self.same_age,
        }  # fmt: skip


class WhyAsked(ScopeAsked):
    """The change of a figure, over drivers and segments."""

    figure: Text = "gmv"
    against: Text = "previous"
    tree: Text | None = None
    by: Words = []
    depth: Annotated[int, Field(ge=1, le=2)] = 2
    top: Annotated[int, Field(ge=1, le=MOST)] = 10
    drill: Words = []
    new_by: Literal["buyer", "order"] = "buyer"
    as_of: Literal["today", "sale"] = "today"

    def question(self) -> dict[str, Any]:
        """The keyword arguments of `Shop.why`."""
        drill = several(self.drill)
        return {
            "figure": self.figure, "against": self.against, "tree": self.tree, "by": several(self.by),
            "depth": self.depth, "top": self.top, "drill": "none" if drill == ["none"] else drill or None,
            **self.scope(), "new_by": self.new_by, "as_of_sale": as_of_sale(self.as_of),
        }  # fmt: skip


class RowsAsked(ScopeAsked):
    """The rows behind a figure."""

    figure: Text = "gmv"
    limit: Limit = 20
    offset: Offset = 0

    def question(self) -> dict[str, Any]:
        """The keyword arguments of `Shop.trace`."""
        return {"figure": self.figure, "limit": self.limit, "offset": self.offset, **self.scope()}


class ImportsAsked(Schema):
    """Receipts, a page at a time."""

    store: Text | None = None
    every: bool = Field(False, alias="all")
    limit: Limit = 100
    offset: Offset = 0


class QuarantineAsked(Schema):
    """Rows that could not be loaded, a page at a time."""

    import_id: Id | None = Field(None, alias="import")
    store: Text | None = None
    state: Literal["open", "fixed", "ignored", "all"] = "open"
    limit: Limit = 100
    offset: Offset = 0


class JobsAsked(Schema):
    """The asker's own jobs, a page at a time."""

    state: Literal["queued", "running", "done", "failed", "cancelled"] | None = None
    limit: Limit = 100
    offset: Offset = 0


class UploadSaid(Schema):
    """What is said about files that are brought; what is not said is recognised."""

    model_config = {"extra": "forbid"}
    store: Text | None = None
    profile: Text | None = None
    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")


class Fix(Schema):
    """The right values of columns of a row; `alike` also of rows that fail there with the same value, or for the same reason."""

    model_config = {"extra": "forbid"}
    values: dict[Text, Text] = Field(min_length=1, max_length=500)
    alike: Literal["", "value", "reason"] = ""


class Ignore(Schema):
    """Why a row does not matter, and whether those alike do not, either."""

    model_config = {"extra": "forbid"}
    reason: Text = Field(min_length=1)
    alike: Literal["", "value", "reason"] = ""


class Retry(Schema):
    """Rows that are tried again; none named: all open ones."""

    model_config = {"extra": "forbid"}
    rows: list[Id] = Field([], max_length=MOST)


def several(texts: list[str]) -> list[str]:
    """Names that come one by one or with commas between them."""
    return [name for text in texts for name in text.split(",") if name]
