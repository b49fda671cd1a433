"""What the operations of the API answer, for its document. The answers themselves are those of the command line."""

from __future__ import annotations

from typing import Any

from ninja import Field, Schema

Row = dict[str, Any]


class ErrorText(Schema):
    """What is wrong, for machines (`code`) and people."""

    code: str
    text: str
    given: Any
    allowed: Any
    todo: str | None


class Problem(Schema):
    """Every answer from 400 on."""

    error: ErrorText


class Reason(Schema):
    """Why a figure of a row is null."""

    row: int
    figure: str
    code: str
    text: str


class Figures(Schema):
    """Rows of cuts and figures: money as decimal text in major units, rates as numbers, null where unknown."""

    rows: list[Row]
    reasons: list[Reason]
    scope: Row
    data: Row
    notes: list[str]


class Catalogue(Schema):
    """All figures that may be asked for, and all cuts."""

    figures: list[Row]
    cuts: list[Row]


class Member(Schema):
    """One person: by store, keys (cut short) with what says that they are hers, newest purchases, what was written."""

    id: str
    stores: list[Row]
    keys: list[Row]
    orders: list[Row]
    decisions: list[Row]
    consents: list[Row]
    notes: list[Row]


class Merges(Schema):
    """Pairs of members whose parcels agree, keys that link nobody, and what was decided."""

    suggestions: list[Row]
    conflicts: list[Row]
    decisions: list[Row]


class Decided(Schema):
    """A decision about who is who."""

    id: int
    kind: str
    taken_back: bool


class Why(Schema):
    """The account of a change; every list of parts sums to it exactly."""

    model_config = {"extra": "allow"}
    scope: Row
    text: str
    checks: list[Row]
    drivers: list[Row]
    notes: list[str]


class Traced(Schema):
    """The rows behind a figure, largest first, each with the files, sheets and rows that state it."""

    figure: str
    value: Any
    total: Any
    currency: str | None
    reason: Row | None
    closes: bool
    count: int
    offset: int
    source: Any
    rows: list[Row]
    scope: Row


class Store(Schema):
    """A store and its settings."""

    id: int
    name: str
    platform: str
    currency: str
    timezone: str
    day_starts: str
    opened_on: str | None
    identity_limit: float
    gmv_amount: str


class Stores(Schema):
    """The stores that the asker may see."""

    stores: list[Store]


class Page(Schema):
    """Where a list goes on: `next` is the offset of its next page, null on the last."""

    limit: int
    offset: int
    next: int | None


class Receipt(Schema):
    """What became of every row of one sheet for one store."""

    model_config = {"extra": "allow"}
    id: int | None
    state: str
    file: str
    store: str
    profile: str
    read: int
    new: int | None
    updated: int | None
    unchanged: int | None
    quarantined: int
    dropped: dict[str, int]


class Imports(Schema):
    """Receipts, newest first."""

    imports: list[Receipt]
    page: Page


class Import(Receipt):
    """A receipt, and those of its rows that were fixed and loaded later."""

    fixed_by: list[Receipt]


class BadRow(Schema):
    """A row that could not be loaded; cells that may name a person are masked."""

    model_config = {"extra": "allow"}
    id: int
    import_id: int = Field(alias="import")
    file: str
    row: int
    store: str
    profile: str
    state: str
    reason: str
    issues: list[Row]


class WholeBadRow(BadRow):
    """The same with all of its cells, and how many fail like it."""

    raw_row: dict[str, str]
    alike: dict[str, dict[str, int]]


class Quarantine(Schema):
    """Rows that could not be loaded, and how many open ones fail alike."""

    rows: list[BadRow]
    groups: list[Row]
    page: Page


class Ignored(Schema):
    """How many rows were set aside."""

    ignored: int


class Job(Schema):
    """One piece of work: how far it is, and what came of it."""

    id: int
    kind: str
    state: str
    files: list[str]
    stage: str
    file: str
    done: int | None
    total: int | None
    cancel: bool
    asked_at: str
    not_before: str | None
    started_at: str | None
    finished_at: str | None
    result: Row | None
    error: ErrorText | None


class Jobs(Schema):
    """The asker's own jobs, newest first."""

    jobs: list[Job]
    page: Page


class Plan(Schema):
    """A plan in one of its versions; `solved` is what follows from its values."""

    model_config = {"extra": "allow"}
    id: int
    name: str
    current: int
    currency: str
    version: Row
    solved: Row


class ListedPlan(Schema):
    """A plan in its newest version."""

    model_config = {"extra": "allow"}
    id: int
    name: str
    current: int
    currency: str
    version: Row


class Plans(Schema):
    """The plans, the newest period first."""

    plans: list[ListedPlan]


class Solved(Schema):
    """What follows from a plan's values, what clashes with its repairs, what is only rounded, what is missing."""

    model_config = {"extra": "allow"}
    currency: str
    given: Row
    solved: Row
    conflicts: list[Row]
    roundings: list[Row]
    missing: list[Row]


class Checked(Schema):
    """Whether a plan closes, equation by equation."""

    closes: bool
    currency: str
    given: Row
    checks: list[Row]
    conflicts: list[Row]
    roundings: list[Row]


class PlanDays(Schema):
    """Targets by unit of time; `even` names the stores without a past to learn from."""

    rows: list[Row]
    even: list[str]


class PlanPace(Schema):
    """Where targets stand, and what the remaining days need."""

    model_config = {"extra": "allow"}
    until: str
    shape: str
    targets: list[Row]


class WhatIf(Schema):
    """What a period becomes with some drivers moved: every driver with its past, and whose part is whose."""

    model_config = {"extra": "allow"}
    gmv: str
    change: str
    owners: Row
    beyond: list[str]
    drivers: list[Row]
    missing: list[Row]


class PlanOwners(Schema):
    """A gap with the part of each owner, by month and store, and what members are handed over."""

    model_config = {"extra": "allow"}
    against: str
    tasks: list[Row]
    units: list[Row]
    text: str
    notes: list[str]


class PlanEvent(Schema):
    """What days left over, and what their new buyers are expected to bring back."""

    model_config = {"extra": "allow"}
    result: str
    returns: str
    balance: str
    margin: float
    new_buyers: int
    pays: bool | None
    text: str


class PlanLevers(Schema):
    """The moves that close a gap or spend a budget, with what each was before and how far it ever went."""

    model_config = {"extra": "allow"}
    gap: str
    gain: str
    cost: str
    budget: str | None
    feasible: bool
    moves: list[Row]
    missing: list[Row]
    text: str


class PlanSources(Schema):
    """Where a plan's visitors are to come from, paid ones also by tool, and who came so far."""

    sources: list[Row]


class PlanDifferences(Schema):
    """What two versions have differently."""

    left: Row
    right: Row
    differences: list[Row]


class Event(Schema):
    """An event in one of its versions, with its frozen baseline and its checklist."""

    model_config = {"extra": "allow"}
    id: int
    version: int
    current: int
    state: str
    owner: str
    name: str
    title: str
    kind: str
    phases: list[Row]
    products: list[Row]
    baseline: Row
    tasks: list[Row]


class WholeEvent(Event):
    """The same with what it brought each store and all that happened to it."""

    reviews: list[Row]
    history: list[Row]


class Events(Schema):
    """Events, the oldest first."""

    events: list[Event]


class Wave(Schema):
    """A wave in its newest version: its fields, what its check told, its files, what it brought."""

    model_config = {"extra": "allow"}
    id: int
    state: str
    version: int
    currency: str
    fields: Row
    planned: Row | None
    check: Row | None
    files: list[Row]
    result: Row | None


class Waves(Schema):
    """Waves, the newest first."""

    waves: list[Wave]


class Together(Schema):
    """What waves brought together: `measured` null below the least (`lacks` tells how many more it takes); `predicted` summed."""

    model_config = {"extra": "allow"}
    month: str | None
    stores: list[str]
    currency: str
    waves: list[int]
    left_out: list[Row]
    final: bool
    sent: Row
    held: Row
    cost: str
    measured: Row | None
    lacks: list[Row]
    predicted: Row | None


class WavesTogether(Schema):
    """What the waves of each month brought together, the newest first."""

    together: list[Together]


class WavesMeasured(Schema):
    """Which waves were measured."""

    measured: list[int]


class Action(Schema):
    """Something proposed, with what was predicted and what came of it."""

    model_config = {"extra": "allow"}
    id: int
    kind: str
    title: str
    state: str
    due: str
    predicted: Row
    result: Row | None


class Actions(Schema):
    """Actions, those due first in front."""

    actions: list[Action]


class WaveFile(Schema):
    """The receipt of a file that went out; `file` is where its bytes are."""

    model_config = {"extra": "allow"}
    kind: str
    sha256: str
    lines: int
    cost: str
    file: str


class Bytes(Schema):
    """The bytes of a file, as `text/csv`; no JSON."""


class WaveReasons(Schema):
    """How many people of a wave said why they no longer buy, by reason; lines that were refused, by why; how many bought again."""

    wave: int
    kept: int
    refused: Row
    asked: int
    answered: int
    reasons: Row
    again: Row


class WaveContacts(Schema):
    """How many contacts of a list were kept by channel; lines that were refused, by why."""

    store: str
    phone: int
    platform: int
    refused: Row


class Points(Schema):
    """Programs of points, with the points and tiers of all members."""

    programs: list[Row]


class Booked(Schema):
    """What was booked or decided, counted."""

    model_config = {"extra": "allow"}


class MemberPoints(Schema):
    """A member's points: to spend, of them soon to expire, owed; her tier; the newest lines of the ledger."""

    program: str
    person: str
    points: int
    expiring: int
    expiring_within: int
    owed: int
    tier: str
    tier_by: str
    tier_value: int
    lines: list[Row]
    codes: list[str]


class ReferralCode(Schema):
    """What a member hands to her friends."""

    program: str
    person: str
    code: str


class Referral(Schema):
    """A friend who came by a code; keys are cut short."""

    model_config = {"extra": "allow"}
    id: int
    code: str
    referrer: str
    friend: str
    state: str
    reason: str


class Referrals(Schema):
    """Friends who were brought, by state, by why they brought nothing, and the newest of them."""

    program: str
    counts: Row
    refused: Row
    referrals: list[Referral]


class MemberRows(Schema):
    """Rows about members with what they are about; `reason` where nothing is known."""

    model_config = {"extra": "allow"}
    rows: list[Row]
    scope: Row
    notes: list[str]


class MemberTable(MemberRows):
    """The same with what is told of each store beside its rows: bounds, limits, or why there are none."""

    stores: list[Row]


class Repurchase(Schema):
    """The model's parameters under its name, its back-test beside the naive rule, and customers."""

    model_config = {"extra": "allow"}
    scope: Row
    notes: list[str]


class SegmentCount(Schema):
    """How many people a segment has of all buyers; `words`: as it was read."""

    model_config = {"extra": "allow"}
    segment: str
    words: str
    people: int | None
    buyers: int | None
    scope: Row


class Segment(Schema):
    """A kept segment in its newest version."""

    name: str
    version: int
    segment: str
    words: str
    saved_at: str
    saved_by: str


class Segments(Schema):
    """The segments that are kept, by name."""

    segments: list[Segment]
