"""What the operations of the API are asked: the same parameters, by the same names, as the command line's options."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Field, Schema

from goldloop.cli.figures import as_of_sale, scope
from goldloop.core.plan.variables import VARIABLES
from goldloop.core.wave import FIELDS as WAVE_FIELDS

MOST = 500  # entries of a list in one answer
FAR = 1_000_000_000
Text = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]
Words = Annotated[list[Text], Field(max_length=100)]
Day = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"})]
Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(ge=1, le=MOST)]
Offset = Annotated[int, Field(ge=0, le=FAR)]
Number = Annotated[int, Field(ge=1, le=1_000_000)]
Long = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
Variable = Annotated[str, Field(pattern=f"^({'|'.join((*VARIABLES, 'cac'))})$")]
Variables = Annotated[dict[Variable, Text], Field(max_length=50)]
Count = Annotated[int, Field(ge=0, le=FAR)]
Owner = Literal["operations", "traffic", "members"]
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


class VersionAsked(Schema):
    """Which version of something is meant."""

    version: Number | None = None


class PlanSolve(Schema):
    """What is known of a plan."""

    model_config = {"extra": "forbid"}
    variables: Variables
    currency: Code = "CNY"


class PlanDaysAsked(VersionAsked):
    """How a plan's targets are listed."""

    grain: Literal["day", "week", "month", "quarter", "year"] = "day"
    by_store: bool = False


class PlanPaceAsked(VersionAsked):
    """Up to when a plan is held against what came."""

    until: Day | None = None


class PlanNew(Schema):
    """A plan that is to be kept."""

    model_config = {"extra": "forbid"}
    name: Text
    period: Text
    variables: Variables
    stores: list[Text] = Field([], max_length=100)
    locks: list[Text] = Field([], max_length=MOST)
    sources: dict[Text, Text] | None = None
    note: Long = ""
    beside: Id | None = None
    four_eyes_from: Text = ""


class PlanChange(Schema):
    """Another version of a plan: values replaced ('' takes one out), rows held or let go."""

    model_config = {"extra": "forbid"}
    seen: Number
    variables: Variables = {}
    locks: list[Text] = Field([], max_length=MOST)
    free: list[Text] = Field([], max_length=MOST)
    sources: dict[Text, Text] | None = None
    note: Long = ""
    owner: Literal["", "operations", "traffic", "members"] = ""


class PlanAnswer(Schema):
    """What an owner says of the version she saw."""

    model_config = {"extra": "forbid"}
    seen: Number
    owner: Owner
    said: Literal["accepted", "signed"]


class PlanScenario(Schema):
    """A month with some drivers moved, which is kept beside a plan."""

    model_config = {"extra": "forbid"}
    name: Text
    moves: dict[Text, Text] = {}
    solve: Text = ""
    gmv: Text = ""


class WhatIfAsked(Schema):
    """A period with some drivers moved, or with one solved for; nothing is kept of it."""

    model_config = {"extra": "forbid", "populate_by_name": True}
    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    stores: list[Text] = Field([], max_length=100)
    moves: dict[Text, Text] = Field({}, max_length=20)
    solve: Text = ""
    gmv: Text = ""
    basis: Literal["auto", "platform", "orders"] = "auto"
    new: New = "platform365"
    currency: Code | None = None


class MonthAsked(Schema):
    """Days that have to be said, stores and definitions that a question about planning is about."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    store: Words = []
    basis: Literal["auto", "platform", "orders"] = "auto"
    new: New = "platform365"

    def about(self) -> dict[str, Any]:
        """As the questions of a shop about planning take it."""
        return {"first": self.first, "last": self.last, "stores": self.store, "basis": self.basis, "new": self.new}


class OwnersAsked(MonthAsked):
    """Whose part of a gap is whose: of a plan's, or of a change against other months."""

    against: Text = "previous"
    plan: Words = []
    shape: Long = ""
    currency: Code | None = None


class EventReturnAsked(MonthAsked):
    """Days as an investment in new buyers; what is not said is taken as loaded."""

    cost: Text = ""
    margin: Text = ""


class LeversAsked(MonthAsked):
    """A gap to be closed, or a budget to be spent."""

    gap: Text = ""
    budget: Text = ""
    beyond: bool = False
    currency: Code | None = None


class Targets(Schema):
    """Targets of what adds up over days."""

    gmv: Text = ""
    new_buyers: Text = ""
    new_gmv: Text = ""
    repeat_buyers: Text = ""
    repeat_gmv: Text = ""
    orders: Text = ""
    ad_budget: Text = ""


class TargetPaceAsked(MonthAsked, Targets):
    """Targets that nobody has kept, and how they lie over their days."""

    until: Day | None = None
    shape: Long = "even"
    most: Text = ""
    currency: Code | None = None

    def targets(self) -> dict[str, str]:
        """The targets that are said."""
        return {name: getattr(self, name) for name in Targets.model_fields if getattr(self, name)}


class PlanCompared(Schema):
    """Two versions of a plan (default: the newest and the one before), or (`with`) the second one of another plan."""

    left: Number | None = None
    right: Number | None = None
    other: Id | None = Field(None, alias="with")


class PlanComment(Schema):
    """What somebody says of a plan."""

    model_config = {"extra": "forbid"}
    text: Long = Field(min_length=1)
    about: Annotated[str, Field(max_length=60, pattern=r"^[^\x00]*$")] = ""
    version: Number | None = None


class EventsAsked(Schema):
    """Events of stores that touch some days."""

    first: Day | None = Field(None, alias="from")
    last: Day | None = Field(None, alias="to")
    store: Words = []


class EventSaid(Schema):
    """The fields of an event, as people type them; money in major units."""

    model_config = {"extra": "forbid"}
    name: Text | None = None
    kind: Literal["platform", "store", "members", "acquisition", "coupon", "ads", "launch", "other"] | None = None
    phases: list[Text] | None = Field(None, max_length=20)
    products: list[Text] | None = Field(None, max_length=500)
    fee: Text | None = None
    target: Text | None = None
    target_new_buyers: Text | None = None
    margin: Text | None = None
    hypothesis: Long | None = None
    note: Long = ""

    def fields(self) -> dict[str, str]:
        """What is said of the event, field by field as `Shop.event_new` takes it."""
        said = {name: getattr(self, name) for name in EventSaid.model_fields if name != "note"}
        return {n: "\n".join(v) if isinstance(v, list) else v for n, v in said.items() if v is not None}


class EventNew(EventSaid):
    """An event that is to be put into the calendar."""

    stores: list[Text] = Field([], max_length=100)
    owner: Owner = "operations"


class EventChange(EventSaid):
    """Another version of an event; what is not said stays."""

    seen: Number


class MemberAsked(Schema):
    """The number of a member, or its first characters."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6,32}$")]


class MergeDecided(Schema):
    """Two members are one person, or two with `apart`; without `other`, the key `one` is nobody else's."""

    model_config = {"extra": "forbid"}
    one: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6,32}$")]
    other: Annotated[str, Field(pattern=r"^([0-9A-Fa-f]{6,32})?$")] = ""
    apart: bool = False
    reason: Annotated[str, Field(min_length=4, max_length=500, pattern=r"^[^\x00]*$")]


class EventAnswer(Schema):
    """What is said of an event, and why."""

    model_config = {"extra": "forbid"}
    seen: Number
    said: Literal["accepted", "declined", "cancelled"]
    why: Long = ""


class TaskNew(Schema):
    """A task of one's own."""

    model_config = {"extra": "forbid"}
    text: Text = Field(min_length=1)
    owner: Owner
    days: int = Field(ge=-400, le=400)


class TaskSet(Schema):
    """What becomes of a task; `seen` is the state it was looked at in."""

    model_config = {"extra": "forbid"}
    state: Literal["open", "done", "dropped"]
    seen: Literal["open", "done", "dropped"] | None = None


def several(texts: list[str]) -> list[str]:
    """Names that come one by one or with commas between them."""
    return [name for text in texts for name in text.split(",") if name]


WaveField = Annotated[str, Field(pattern=f"^({'|'.join(WAVE_FIELDS)})$")]
WaveTexts = Annotated[dict[WaveField, Long], Field(max_length=len(WAVE_FIELDS))]


class WaveNew(Schema):
    """A wave that is to be kept: its fields as people type them."""

    model_config = {"extra": "forbid"}
    fields: WaveTexts
    stores: list[Text] = Field([], max_length=100)


class WaveChange(Schema):
    """Fields of a wave that are replaced; '' takes one out."""

    model_config = {"extra": "forbid"}
    fields: WaveTexts


class WavePropose(Schema):
    """The month whose coupon calendar is made into waves, and fields that hold for all of them."""

    model_config = {"extra": "forbid"}
    month: Text | None = None
    stores: list[Text] = Field([], max_length=100)
    margin: Text | None = None
    tiers: Text | None = None
    fields: WaveTexts = {}


class WavesTogether(Schema):
    """Which waves are told together: of a month, of all months, or those that are named."""

    month: Text | None = None
    wave: list[Id] = Field([], max_length=100)
    store: Words = []


class WavesMeasure(Schema):
    """Which waves are measured: of a month, of all months, or those that are named."""

    model_config = {"extra": "forbid"}
    month: Text | None = None
    waves: list[Id] = Field([], max_length=100)
    stores: list[Text] = Field([], max_length=100)


class WaveDecline(Schema):
    """Why a wave is not sent."""

    model_config = {"extra": "forbid"}
    reason: Long


class WaveTotals(Schema):
    """What the platform's own tool shows of a wave."""

    model_config = {"extra": "forbid"}
    pushed: Count | None = None
    claimed: Count | None = None
    used: Count | None = None
    expired: Count | None = None
    stopped: Count | None = None


class WaveFileAsked(Schema):
    """Which of a wave's files: its list, or the reminder."""

    model_config = {"extra": "forbid"}
    kind: Literal["list", "reminder"] = "list"


class WaveAnswers(Schema):
    """Why people of a wave no longer buy: rows of member, reason and note."""

    model_config = {"extra": "forbid"}
    answers: list[Annotated[list[Long], Field(min_length=2, max_length=3)]] = Field([], max_length=10_000)


class ProgramSaid(Schema):
    """Which program of points; not needed where there is one."""

    model_config = {"extra": "forbid"}
    program: Text = ""


class MemberPointsAsked(ProgramSaid):
    """A member by her number or its beginning; `device` tells the device again, of which a hash is kept."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6,32}$")]
    device: Text = ""


class PointsSpent(ProgramSaid):
    """Points of a member that are spent; the same `key` once."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6,32}$")]
    points: Annotated[int, Field(ge=1, le=10**12)]
    key: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""


class PointsCorrected(ProgramSaid):
    """Points that a member is given, or that are taken (below 0), and why."""

    id: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6,32}$")]
    points: Annotated[int, Field(ge=-(10**12), le=10**12)]
    reason: Long
    key: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] = ""


class PointsRules(ProgramSaid):
    """The rules of a program as people type them; `stores` where it is new."""

    fields: dict[Text, Text] = Field({}, max_length=20)
    stores: list[Text] = Field([], max_length=100)


class FriendClaimed(ProgramSaid):
    """A friend who came by a code, by an account, e-mail or phone of hers; hashes are kept of both texts."""

    code: Annotated[str, Field(max_length=20, pattern=r"^[^\x00]*$")]
    store: Text
    buyer: Text
    device: Text = ""


class ActionAnswer(Schema):
    """What is said to an action: why not, until when, or (as the reason) of which other one it is a duplicate."""

    model_config = {"extra": "forbid"}
    said: Literal["accepted", "declined", "later", "duplicate"]
    reason: Long = ""
    due: Day | None = None
