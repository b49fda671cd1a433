"""The Model Context Protocol server: what the API answers without changing anything, as tools of an agent.

`python -m goldloop.web.mcp` speaks over standard input and output; `goldloop mcp` starts it. A tool is an operation of
the API that only reads, asked in this process with the key of `GOLDLOOP_KEY`: rights, limits and answers are the API's own.
Figures carry the definition of each of them. See docs/decisions/0036-agents.md.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from django.conf import settings as django_settings
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server

from goldloop import __version__, settings
from goldloop.web.wsgi import application

RIGHT = "figures"
COMPUTED = ("api_plan_solve", "api_plan_check", "api_what_if")  # they are sent a body, but keep nothing
ABOUT = (
    "Figures of a group of shops: gmv = visitors x conversion x buyer value, and what belongs to it. Every answer names "
    "its scope, its days and the state of the data; a null has its reason beside it and is never 0. Ask `catalogue` for "
    "names of figures and cuts, and `why` for what moved a figure."
)


def tools() -> dict[str, types.Tool]:
    """Every tool by its name, from the document of the API."""
    return {operation["operationId"]: _tool(operation) for _, _, operation in _operations()}


def call(name: str, given: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """What an operation answers, and whether it refused."""
    for path, method, operation in _operations():
        if operation["operationId"] == name:
            status, said = _asked(path, method, operation, given)
            return (said if status >= 400 else {**said, **_definitions(name, given)}), status >= 400
    return {"error": {"code": "tool_unknown", "text": f"There is no tool '{name}'.", "allowed": sorted(tools())}}, True


def serve() -> None:
    """Answer until standard input ends."""
    asyncio.run(_serve())


async def _serve() -> None:
    async def listed(context: Any, asked: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=list(tools().values()))

    async def called(context: Any, asked: types.CallToolRequestParams) -> types.CallToolResult:
        said, refused = await asyncio.to_thread(call, asked.name, asked.arguments or {})
        text = json.dumps(said, ensure_ascii=False)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=text)], structured_content=said, is_error=refused
        )

    server = Server("goldloop", version=__version__, instructions=ABOUT, on_list_tools=listed, on_call_tool=called)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of the operations that only read."""
    from goldloop.web.api.document import described
    from goldloop.web.routes import API

    paths = described("en")["paths"]
    for route in API:
        reads = route.methods == ("GET",) or route.name in COMPUTED
        path = f"/{route.path}".replace("<int:", "{").replace(">", "}")
        if route.right == RIGHT and reads and path in paths:
            method = "get" if route.methods == ("GET",) else "post"
            yield path, method, paths[path][method]


def _tool(operation: Mapping[str, Any]) -> types.Tool:
    from goldloop.web.api.document import meaning

    body, asked = _body(operation), _parameters(operation)
    parts = {one["name"]: one["schema"] for one in asked} | body.get("properties", {})
    schema = {
        "type": "object",
        "properties": {name: {**part, "description": meaning(name, "en")} for name, part in parts.items()},
        "required": [*(one["name"] for one in asked if one["required"]), *body.get("required", ())],
        "additionalProperties": False,
    }
    if "$defs" in body:
        schema["$defs"] = body["$defs"]
    hints = types.ToolAnnotations(read_only_hint=True, destructive_hint=False, open_world_hint=False)
    return types.Tool(
        name=operation["operationId"], description=operation["summary"], input_schema=schema, annotations=hints
    )


def _parameters(operation: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Those of path and query."""
    return [one for one in operation["parameters"] if one["in"] in ("path", "query")]


def _body(operation: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of what is sent; empty for what is only asked."""
    from goldloop.web.api.document import described

    for content in operation.get("requestBody", {}).get("content", {}).values():
        name = content["schema"].get("$ref", "").rpartition("/")[2]
        return dict(described("en")["components"]["schemas"][name] if name else content["schema"])
    return {}


def _asked(path: str, method: str, operation: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[int, Any]:
    """Status and answer of the operation, through everything that a request goes through."""
    places = {one["name"]: one["in"] for one in _parameters(operation)}
    for name, place in places.items():
        if place == "path":
            path = path.replace("{" + name + "}", str(given.get(name, "")))
    known = {
        name: _written(value) for name, value in given.items() if places.get(name) == "query" and value is not None
    }
    unknown = {name: str(value) for name, value in given.items() if name not in places} if method == "get" else {}
    body = b"" if method == "get" else json.dumps({n: v for n, v in given.items() if n not in places}).encode()
    environ = {
        "REQUEST_METHOD": method.upper(),
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": urlencode({**known, **unknown}, doseq=True),
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": next(iter(django_settings.ALLOWED_HOSTS), "localhost"),
        "HTTP_X_FORWARDED_PROTO": "https",  # nothing leaves this process
        "HTTP_AUTHORIZATION": f"Bearer {settings.key()}",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    told: list[str] = []

    def started(status: str, headers: list[tuple[str, str]], failed: Any = None, /) -> Callable[[bytes], object]:
        told.append(status)
        return io.BytesIO().write

    answer = application(environ, started)
    try:
        text = b"".join(answer)
    finally:
        answer.close()
    return int(told[0].split()[0]), json.loads(text)


def _written(value: Any) -> Any:
    """A value as it stands in an address."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return [_written(one) for one in value] if isinstance(value, list) else str(value)


def _definitions(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The definitions of the figures that were asked for."""
    if name not in ("figures", "why"):
        return {}
    asked = given.get("figure") or given.get("figures") or given.get("name") or ()
    names = {asked} if isinstance(asked, str) else set(asked)
    catalogue, refused = call("catalogue", {})
    if refused:
        return {}
    return {"definitions": [one for one in catalogue["figures"] if not names or one["name"] in names]}


if __name__ == "__main__":
    serve()
