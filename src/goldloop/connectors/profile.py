"""Reading a profile from its TOML file, strictly: what it says wrong is named by file and key."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from goldloop.connectors.compiled import compiled
from goldloop.connectors.declared import (
    Attributes,
    Counted,
    Drop,
    FillDown,
    Into,
    LineKey,
    Link,
    Profile,
    Refund,
    Tree,
    WordMap,
    block_columns,
)  # fmt: skip
from goldloop.connectors.readers import clean_name, sheet
from goldloop.connectors.rules import (
    EVIDENCE_KINDS,
    IDENTITY_KINDS,
    Case,
    Condition,
    Identity,
    Rule,
    check_pattern,
    condition_columns,
    read_conditions,
    read_rule,
)  # fmt: skip
from goldloop.connectors.section import ProfileBad, Section
from goldloop.core.statements import PLATFORM, RANKS
from goldloop.core.store import PLATFORMS
from goldloop.core.table import Table

__all__ = [
    "Attributes", "Case", "Condition", "Counted", "Drop", "FillDown", "Identity", "Into", "LineKey", "Link", "Profile", "ProfileBad",
    "Refund", "Rule", "Tree", "WordMap", "check_profile", "load_profiles", "profile_from", "read_profile",
]  # fmt: skip

BUILT_IN = Path(__file__).parent / "profiles"
FILE_MOMENTS = ("epoch", "stamp")
UNKNOWN_WORDS = ("unknown", "keep", "null", "refuse")
BASES = ("paid", "placed", "inferred_day")
AUTO = "auto"
DATE_ORDERS = ("ymd", "dmy", "mdy")
CLOCKS = ("utc", "epoch", "day")


def read_profile(path: Path) -> Profile:
    """The profile in a TOML file; raises `profile_bad` naming file and key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        data = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProfileBad(str(path), "(file)", str(error), "a readable TOML file in UTF-8") from None
    about = "\n".join(line[1:].strip() for line in _leading_comments(text))
    return profile_from(data, str(path), about=about)


def load_profiles(folder: Path | None = None) -> list[Profile]:
    """All profiles: the built-in ones, then those of the user's folder, which replace built-in ones of the same id."""
    own = sorted(folder.glob("*.toml")) if folder is not None and folder.is_dir() else []
    return list({profile.id: profile for profile in (*_built_in(), *map(read_profile, own))}.values())


@cache
def _built_in() -> list[Profile]:
    """The profiles of this package; reading all of them would cost each command more than all else it does."""
    files = sorted(BUILT_IN.glob("*.toml"))
    makers = [*Path(__file__).parent.glob("*.py"), Path(sheet.__file__)]  # the last one cleans names of columns
    return compiled(BUILT_IN / "all.py", [*files, *makers], lambda: [read_profile(path) for path in files])


def profile_from(data: Mapping[str, Any], file: str, *, about: str = "") -> Profile:
    """A profile from already parsed TOML (or an equal dict); `file` is named in errors."""
    s = Section(data, file)
    recognise, read, moment = s.section("recognise"), s.section("read"), s.section("moment")
    period, currency, titles = s.section("period"), s.section("currency"), s.section("title")
    aliases = _aliases(s.section("aliases"))
    profile = Profile(
        id=s.text("id"),
        title={"zh": titles.text("zh"), "en": titles.text("en")},
        platforms=_platforms(s),
        required=_with_aliases(recognise.alternatives("required", None), aliases),
        forbidden=frozenset(recognise.names("forbidden")),
        file_words=recognise.texts("file_words"),
        ignored=frozenset(recognise.names("ignored")),
        aliases=aliases,
        missing=frozenset(read.texts("missing")),
        date_order=read.text("date_order", "ymd", choices=(*DATE_ORDERS, AUTO)),
        date_order_of=_one_of(read, "date_order_of", DATE_ORDERS),
        decimal=read.text("decimal", ".", choices=(".", ",", AUTO)),
        clock=_one_of(read, "clock", CLOCKS),
        future=read.flag("future"),
        fill_down=_fill_down(read.section("fill_down")) if read.has("fill_down") else None,
        drop=tuple(_drop(d) for d in s.sections("drop")),
        moment_column=moment.optional_name("column"),
        moment_file=_chosen(moment, "file_name", FILE_MOMENTS),
        period_file=period.flag("file_name"),
        period_preamble=period.flag("preamble"),
        period_first=period.texts("first"),
        period_last=period.texts("last"),
        currency_fixed=currency.optional_text("fixed"),
        currency_column=currency.optional_name("column"),
        currency_header=currency.optional_text("header"),
        store_name=s.optional_name("store_name"),
        line_key=_line_key(s.section("line_key")) if s.has("line_key") else None,
        maps={name: _word_map(Section(v, file, f"maps.{name}")) for name, v in s.section("maps").each()},
        into=tuple(_into(i) for i in s.sections("into")),
        rank=s.text("rank", PLATFORM, choices=RANKS),
        about=about,
        origin=file,
    )
    for part in (s, recognise, read, moment, period, currency, titles):
        part.done()
    _check_whole(profile, s)
    names = _names(profile)
    folded = {name.casefold(): name for name in sorted(names, reverse=True)}
    return replace(profile, names=names, folded=folded, needs_period=_needs_period(profile))


def check_profile(profile: Profile, tables: Mapping[str, Table]) -> None:
    """Raise `profile_bad` when the profile fills a table or column that does not exist, or misses a key column."""
    given = {"store", "currency", *_COMPOUND}
    for number, block in enumerate(profile.into, 1):
        key = f"into[{number}]"
        if block.table not in tables:
            raise ProfileBad(profile.origin, f"{key}.table", block.table, sorted(tables))
        table = tables[block.table]
        stated = {c.name for c in table.fillable}
        for name in block.columns:
            if name not in stated:
                raise ProfileBad(profile.origin, f"{key}.columns.{name}", name, sorted(stated))
        lacking = set(table.key) - set(block.columns) - given
        if lacking and block.attributes is None:
            raise ProfileBad(profile.origin, f"{key}.columns", sorted(block.columns), f"with {sorted(lacking)}")


_COMPOUND = frozenset({"scope_id"})  # key columns that a tree fills


def _leading_comments(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if line.startswith("#"):
            yield line
        elif line.strip():
            return


def _aliases(s: Section) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, _ in s.each():
        for other in s.names(name):
            if found.setdefault(other, clean_name(name)) != clean_name(name):
                raise s.bad(name, f"'{other}' under one name only")
    return found


def _with_aliases(required: tuple[tuple[str, ...], ...], aliases: Mapping[str, str]) -> tuple[tuple[str, ...], ...]:
    grown = []
    for names in required:
        others = (other for other, name in aliases.items() if name in names)
        grown.append(tuple(dict.fromkeys((*names, *others))))
    return tuple(grown)


def _platforms(s: Section) -> tuple[str, ...]:
    return _chosen(s, "platforms", PLATFORMS)


def _chosen(s: Section, name: str, choices: tuple[str, ...]) -> tuple[str, ...]:
    values = s.texts(name)
    if any(v not in choices for v in values):
        raise s.bad(name, list(choices))
    return values


def _one_of(s: Section, name: str, choices: tuple[str, ...]) -> dict[str, str]:
    """A table whose values are some of the choices."""
    words = s.words(name)
    if any(value not in choices for value in words.values()):
        raise s.bad(name, list(choices))
    return words


def _fill_down(s: Section) -> FillDown:
    found = FillDown(key=s.name("key"), columns=s.names("columns", None), like=s.texts("like"))
    s.done()
    return found


def _drop(s: Section) -> Drop:
    found = Drop(rule=s.text("rule"), when=read_conditions(s, "when"), control=s.pairs("control"))
    s.done()
    if not found.when:
        raise s.bad("when", "at least one test")
    return found


def _line_key(s: Section) -> LineKey:
    found = LineKey(order=s.name("order"), columns=s.alternatives("columns", None))
    s.done()
    return found


def _word_map(s: Section) -> WordMap:
    found = WordMap(s.words("words"), s.words("prefixes"), s.text("otherwise", "unknown", choices=UNKNOWN_WORDS))
    s.done()
    return found


def _into(s: Section) -> Into:
    columns = s.section("columns")
    block = Into(
        table=s.text("table"),
        columns={n: read_rule(v, s.file, f"{s.key}.columns.{n}") for n, v in columns.each()},
        when=read_conditions(s, "when"),
        once=s.flag("once"),
        unique=s.flag("unique"),
        counted=tuple(_counted(c) for c in s.sections("counted")),
        refund=_refund(s.section("refund")) if s.has("refund") else None,
        tree=_tree(s.section("tree")) if s.has("tree") else None,
        attributes=_attributes(s.section("attributes")) if s.has("attributes") else None,
        links=tuple(_link(link) for link in s.sections("links")),
    )
    s.done()
    if block.links and "buyer_key" not in block.columns:
        raise s.bad("links", "only beside a buyer_key")
    return block


def _link(s: Section) -> Link:
    found = Link(s.names("columns", None), s.text("kind", choices=(*IDENTITY_KINDS, *EVIDENCE_KINDS)))
    s.done()
    return found


def _counted(s: Section) -> Counted:
    extract = s.optional_text("extract")
    found = Counted(s.name("column"), s.text("basis", choices=BASES), read_conditions(s, "when"), extract)
    s.done()
    check_pattern(extract, s)
    return found


def _refund(s: Section) -> Refund:
    found = Refund(
        amount=s.optional_name("amount"),
        none=s.texts("none"),
        done=read_conditions(s, "done"),
        open=read_conditions(s, "open"),
        part=read_conditions(s, "part"),
        done_status=s.texts("done_status"),
        whole=s.optional_text("whole"),
    )
    s.done()
    return found


def _tree(s: Section) -> Tree:
    found = Tree(
        levels=s.names("levels", None),
        subtotal=s.texts("subtotal"),
        prefix=s.names("prefix"),
        per=s.names("per"),
        group=s.optional_text("group"),
    )
    s.done()
    return found


def _attributes(s: Section) -> Attributes:
    found = Attributes(skip=s.names("skip"))
    s.done()
    return found


def _check_whole(profile: Profile, s: Section) -> None:
    if not profile.into:
        raise s.bad("into", "at least one block [[into]]")
    if not profile.required:
        raise ProfileBad(s.file, "recognise.required", [], "at least one column name")
    for number, block in enumerate(profile.into, 1):
        maps = [r.map for rule in block.columns.values() for r in (rule, *(c.rule for c in rule.cases)) if r.map]
        if block.tree is not None and block.tree.group:
            maps.append(block.tree.group)
        for name in maps:
            if name not in profile.maps:
                raise ProfileBad(s.file, f"into[{number}]", name, sorted(profile.maps))
        if block.refund is not None and block.refund.whole and block.refund.whole not in block.columns:
            raise ProfileBad(s.file, f"into[{number}].refund.whole", block.refund.whole, sorted(block.columns))
        uses_key = any("@line_key" in rule.columns() for rule in block.columns.values())
        if uses_key and profile.line_key is None:
            raise ProfileBad(s.file, f"into[{number}].columns", "@line_key", "a table [line_key]")


def _names(profile: Profile) -> frozenset[str]:
    found = {n for names in profile.required for n in names} | set(profile.ignored)
    found |= set(profile.aliases) | set(profile.aliases.values())
    found |= {column for block in profile.into for _, column in block_columns(block)}
    for drop in profile.drop:
        found |= {c for t in drop.when for c in condition_columns(t)} | {c for pair in drop.control for c in pair}
    if profile.fill_down is not None:
        found |= {profile.fill_down.key, *profile.fill_down.columns}
    if profile.line_key is not None:
        found |= {profile.line_key.order} | {c for names in profile.line_key.columns for c in names}
    found |= {c for c in (profile.moment_column, profile.currency_column, profile.store_name) if c}
    return frozenset(found)


def _needs_period(profile: Profile) -> bool:
    rules = (rule for block in profile.into for rule in block.columns.values())
    return "day" in profile.clock.values() or any("@period_first" in rule.columns() for rule in rules)
