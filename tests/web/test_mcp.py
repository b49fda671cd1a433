"""Agents: the tools are what the API only reads, asked by a key, and answer what the API answers."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import pytest
from tests.web.conftest import Group
from tests.web.test_api import key_of

from goldloop.web.routes import API

DAYS = {"from": "2026-03-01", "to": "2026-03-05"}
Client = Callable[..., Any]


@pytest.fixture
def ask(group: Group, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[dict[str, Any], bool]]:
    """A tool called with a key of the owner, or with another one."""
    from goldloop.web import mcp

    monkeypatch.setenv("GOLDLOOP_KEY", key_of(group, "group owner"))

    def asked(name: str, *, key: str | None = None, **given: Any) -> tuple[dict[str, Any], bool]:
        if key is not None:
            monkeypatch.setenv("GOLDLOOP_KEY", key)
        return mcp.call(name, given)

    return asked


def test_a_tool_answers_what_the_api_answers(group: Group, client_of: Client, ask: Callable[..., Any]) -> None:
    asked = {"figures": ["gmv", "conversion"], "by": ["store"], **DAYS}
    said, refused = ask("figures", **asked)
    assert not refused and {one["name"] for one in said.pop("definitions")} == {"gmv", "conversion"}
    assert said == client_of("group owner").get("/api/v1/figures", asked).json()
    assert said["rows"] and said["scope"] and said["data"]
    solved, refused = ask("plan_solve", variables={"gmv": "2400000", "buyer_value": "90", "new_buyers": "16000"})
    assert not refused and solved["solved"]


def test_only_what_reads_is_a_tool() -> None:
    from goldloop.web import mcp

    found = mcp.tools()
    changes = {one.name.removeprefix("api_") for one in API if one.methods != ("GET",)} - {
        "plan_solve",
        "plan_check",
        "what_if",
    }
    assert {"catalogue", "figures", "why", "plans", "plan_pace", "members_rfm"} <= set(found)
    assert not changes & set(found) and "jobs" not in found
    assert all(one.annotations and one.annotations.read_only_hint and one.description for one in found.values())
    assert all(part["description"] for one in found.values() for part in one.input_schema["properties"].values())


def test_a_key_shows_no_more_than_it_may(group: Group, ask: Callable[..., Any]) -> None:
    ours = key_of(group, "group owner", stores=(group.stores["Ours"],))
    said, refused = ask("figures", key=ours, figures=["gmv"], by=["store"], **DAYS)
    assert not refused and {row["store"] for row in said["rows"]} == {"Ours"}
    said, refused = ask("figures", key=ours, figures=["gmv"], store=["Theirs"], **DAYS)
    assert refused and said["error"]["code"] == "store_unknown"
    nothing = key_of(group, "group owner", rights=("data",))
    for key, code in ((nothing, "right_needed"), ("gl_nobody", "log_in_needed"), ("", "log_in_needed")):
        said, refused = ask("figures", key=key, figures=["gmv"], **DAYS)
        assert refused and said["error"]["code"] == code


@pytest.mark.parametrize(
    ("name", "given"),
    [("figures", {"figure": ["gmv"]}), ("figures", {"figures": ["nothing"]}), ("nothing", {}), ("upload", {}),
     ("plan", {"id": "../stores"}), ("plan_solve", {"variables": {"colour": "1"}})],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_in_words(ask: Callable[..., Any], name: str, given: dict[str, Any]) -> None:
    said, refused = ask(name, **given)
    assert refused and said["error"]["code"] and said["error"]["text"]


def test_a_real_client_talks_to_the_command(group: Group) -> None:
    from mcp import Client, StdioServerParameters

    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "goldloop", "mcp"],
        env={**os.environ, "GOLDLOOP_HOME": str(group.root), "GOLDLOOP_KEY": key_of(group, "group owner")},
    )

    async def talk() -> tuple[set[str], Any]:
        async with Client(command) as client:
            listed = await client.list_tools()
            return {tool.name for tool in listed.tools}, await client.call_tool("figures", {"figures": ["gmv"], **DAYS})

    names, told = asyncio.run(talk())
    assert "why" in names and not told.is_error
    assert told.structured_content["rows"] == json.loads(told.content[0].text)["rows"]
