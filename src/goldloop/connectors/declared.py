"""What a profile declares: one export format as data. `profile.py` reads it from its file.

The parts of a profile file, in order of use (every key is explained in the class that holds it):

```toml
id = "my-format"                      # title, platforms, [recognise], [aliases]: which files are meant
rank = "erp"                          # what goes before it: see Profile.rank
[read]                                # words for "missing", dates, decimal sign, fill-down
[[drop]]                              # rows that are no data, by named rule, with control totals
[moment] [period] [currency]          # also store_name: the column that names the store
[line_key]                            # content key for sources without a line number
[maps.NAME]                           # word lists: statuses, windows, source groups
[[into]]                              # one block per fact table: when, columns, counted, refund, tree, attributes, links
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from goldloop.connectors.rules import Condition, Rule, condition_columns
from goldloop.core.statements import PLATFORM


@dataclass(frozen=True, slots=True)
class WordMap:
    """A word list: exact words (case, width and blanks do not matter) and prefixes that become flags.

    `prefixes` are stripped off before the word is looked up and give a flag, such as "(删除)" -> deleted. `otherwise`
    says what a word means that is not listed: `unknown` (the value unknown, with a note in the receipt), `keep` (as it
    stands), `null`, or `refuse` (the row goes to quarantine).
    """

    words: Mapping[str, str]
    prefixes: Mapping[str, str] = field(default_factory=dict)
    otherwise: str = "unknown"


@dataclass(frozen=True, slots=True)
class Drop:
    """Rows that are no data: they match all tests of `when` and are counted under the name `rule`.

    `control` names columns in which the dropped row states the sum of the data rows; as a table (`stated = "summed"`)
    where the sum stands in another column than what it is the sum of.
    """

    rule: str
    when: tuple[Condition, ...]
    control: tuple[tuple[str, str], ...] = ()  # (column that states, column that is summed)


@dataclass(frozen=True, slots=True)
class FillDown:
    """Columns that stand on one row of a group only (an order's first line) and hold for all rows of its `key`.

    `like`: pieces of the names of columns that differ from shop to shop and are filled too.
    """

    key: str
    columns: tuple[str, ...]
    like: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineKey:
    """Content key of lines without a line number: cleaned values of `columns` (first filled of each) joined by `|`,
    then `#n` for the n-th equal line of the order within the file."""

    order: str
    columns: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Counted:
    """One way to tell when an order counts: the moment in `column`, with its basis, on rows where all tests hold.

    `extract` takes the date out of a longer text, such as the yymmdd in front of an order number.
    """

    column: str
    basis: str
    when: tuple[Condition, ...] = ()
    extract: str | None = None


@dataclass(frozen=True, slots=True)
class Refund:
    """Where the refund that a row states is found; gives `refund_stated` and `refund_basis`.

    `amount` is the number column (words in `none` read as 0). A refund is done where the amount is above 0, where all
    `done` tests hold or the block's own status is one of `done_status`; but never where all `open` tests hold. Done with
    an amount: known. Done without one: the whole of `whole` (a money column of the same block), inferred; null, unknown,
    where that is missing or all `part` tests hold (some of it, nobody says how much). Not done: 0, known. A file without
    any of these columns says nothing.
    """

    amount: str | None = None
    none: tuple[str, ...] = ()
    done: tuple[Condition, ...] = ()
    open: tuple[Condition, ...] = ()
    part: tuple[Condition, ...] = ()
    done_status: tuple[str, ...] = ()
    whole: str | None = None

    def columns(self) -> Iterator[str]:
        """Every column of the file it looks at."""
        if self.amount is not None:
            yield self.amount
        for test in (*self.done, *self.open, *self.part):
            yield from condition_columns(test)


@dataclass(frozen=True, slots=True)
class Tree:
    """Levels of a source table; gives scope_id (path joined by `/`), title, level, is_parent and source_group.

    Words in `subtotal` end a path. A row is a parent when another row of the same sheet (and the same values in the
    `per` columns) lies below it. `group` names the word list that maps the lowest known level to a source group;
    `prefix` columns stand in front of the path.
    """

    levels: tuple[str, ...]
    subtotal: tuple[str, ...]
    prefix: tuple[str, ...] = ()
    per: tuple[str, ...] = ()
    group: str | None = None


@dataclass(frozen=True, slots=True)
class Attributes:
    """Turns every column of a product file but those in `skip` into attribute rows."""

    skip: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What else a row says of its buyer: another identity of hers, or evidence (the filled `columns`, joined)."""

    columns: tuple[str, ...]
    kind: str


@dataclass(frozen=True, slots=True)
class Into:
    """What a row states about one fact table.

    `when` limits the rows; `once` keeps one row per key (values by each rule's `take`, default the smallest, which does
    not depend on the order of rows); `unique` sends rows to quarantine that say different things about one key. `links`
    go to `identities`, as do the identities of `buyer_key` after the first usable one.
    """

    table: str
    columns: Mapping[str, Rule]
    when: tuple[Condition, ...] = ()
    once: bool = False
    unique: bool = False
    counted: tuple[Counted, ...] = ()
    refund: Refund | None = None
    tree: Tree | None = None
    attributes: Attributes | None = None
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """One export format, as data.

    `required` is the signature: one tuple of names per required column, any of which will do. A file that has a name of
    `forbidden` is another format. `names` are all header names the profile knows (used, aliased or ignored on purpose),
    `ignored` the last of these. `file_words` are hints in the file name. `needs_period`: the file itself need not say
    which days it covers, so a period may have to come from the file name or the user. `origin`: the file it was read from.
    `date_order` and `decimal` say how dates such as 10/2/2026 and numbers such as 1.234 are meant; `auto` finds it out
    from the file's own cells (see `conventions`), where these are silent `date_order_of` (currency of the store -> order)
    decides about dates. `clock` tells what the times of a column count from: `utc`, `epoch` (seconds or milliseconds
    since 1970), `day` (a number, 1 is the first day of the file's period), or nothing, for the store's own wall clock. `period_first` and `period_last`: words of the lines above
    the header that name the first and the last day, where no line names both.
    `rank` (core.statements.RANKS) says whose statements about an order go first: `platform` (default), then
    `platform_without_line_id` (lines without a number, where another file of the platform numbers them), then `erp`.
    """

    id: str
    title: Mapping[str, str]
    platforms: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    into: tuple[Into, ...]
    forbidden: frozenset[str] = frozenset()
    file_words: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()
    aliases: Mapping[str, str] = field(default_factory=dict)  # header name as found -> name used in the rules
    missing: frozenset[str] = frozenset()
    date_order: str = "ymd"
    date_order_of: Mapping[str, str] = field(default_factory=dict)
    decimal: str = "."
    clock: Mapping[str, str] = field(default_factory=dict)
    future: bool = False  # whether dates after the import are statements rather than mistakes
    fill_down: FillDown | None = None
    drop: tuple[Drop, ...] = ()
    moment_column: str | None = None
    moment_file: tuple[str, ...] = ()
    period_file: bool = False
    period_preamble: bool = False
    period_first: tuple[str, ...] = ()
    period_last: tuple[str, ...] = ()
    currency_fixed: str | None = None
    currency_column: str | None = None
    currency_header: str | None = None
    store_name: str | None = None
    line_key: LineKey | None = None
    maps: Mapping[str, WordMap] = field(default_factory=dict)
    names: frozenset[str] = frozenset()
    folded: Mapping[str, str] = field(default_factory=dict)  # name without capitals -> name
    needs_period: bool = False
    rank: str = PLATFORM
    about: str = ""
    origin: str = ""

    def spelled(self, header: str) -> str:
        """The profile's own name for a header of the file: the header as it stands, else without regard to capitals, else
        without the currency that `[currency] header` finds in it ("Amount spent (USD)" is "Amount spent")."""
        if header in self.names:
            return header
        if self.currency_header is not None and header.casefold() not in self.folded:
            header = " ".join(re.sub(self.currency_header, "", header).split())
        return self.folded.get(header.casefold(), header)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the fact tables it states, each once, in order."""
        return tuple(dict.fromkeys(i.table for i in self.into))

    @property
    def takes_all(self) -> bool:
        """Whether columns it does not name are kept too, as product attributes."""
        return any(i.attributes is not None for i in self.into)

    @property
    def other_names(self) -> dict[str, list[str]]:
        """The profile's name of a column -> the other names it knows for it."""
        found: dict[str, list[str]] = {}
        for other, name in self.aliases.items():
            found.setdefault(name, []).append(other)
        return found

    def mapped(self, table: str | None = None) -> dict[str, list[str]]:
        """Column of the file -> the `table.column` places it goes to (for people: `profile check`)."""
        found: dict[str, list[str]] = {}
        for block in self.into:
            if table is not None and block.table != table:
                continue
            for target, column in block_columns(block):
                places = found.setdefault(column, [])
                if f"{block.table}.{target}" not in places:
                    places.append(f"{block.table}.{target}")
        return found


def block_columns(block: Into) -> Iterator[tuple[str, str]]:
    """(column of the table, column of the file) of a block."""
    for target, rule in block.columns.items():
        yield from ((target, c) for c in rule.columns() if not c.startswith("@"))
    for counted in block.counted:
        yield "counted_at", counted.column
        yield from (("counted_at", c) for t in counted.when for c in condition_columns(t))
    if block.refund is not None:
        yield from (("refund_stated", c) for c in block.refund.columns())
    if block.tree is not None:
        yield from (("scope_id", c) for c in (*block.tree.per, *block.tree.prefix, *block.tree.levels))
    yield from (("identity_key", c) for link in block.links for c in link.columns)
    yield from (("(which rows)", c) for t in block.when for c in condition_columns(t))
