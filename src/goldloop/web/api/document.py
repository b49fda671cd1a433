"""The OpenAPI document of the API with its errors, and the page that lists the operations."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from goldloop.web import frame
from goldloop.web.api import answers, once, operations
from goldloop.web.request import Request
from goldloop.web.routes import API, Route
from goldloop.web.words import word

ERRORS = (400, 401, 403, 404, 422, 429, 503)
ERRORS_OF_CHANGES = (409, 413)


def document(request: Request) -> HttpResponse:
    """The OpenAPI document, in the reader's language."""
    return operations.written(described(request.lang))


def page(request: Request) -> HttpResponse:
    """All operations with their parameters and answers."""
    said = described(request.lang)
    found = [
        {
            "method": method.upper(),
            "path": path,
            **one,
            "right": one["x-right"],
            "fields": _fields(said, one, request.lang),
        }
        for path, methods in said["paths"].items()
        for method, one in methods.items()
    ]
    tags = dict.fromkeys(one["tags"][0] for one in found)
    groups = [
        {"name": word(f"api.of_{tag}", request.lang), "operations": [one for one in found if one["tags"][0] == tag]}
        for tag in tags
    ]
    return frame.page(request, "web/api.html", {"groups": groups})


@cache
def described(lang: str) -> dict[str, Any]:
    """The document: what django-ninja knows of parameters and answers, with errors, rights and words."""
    found = dict(operations.loaded().get_openapi_schema(path_prefix=""))
    found["info"] = {**found["info"], "description": word("api.about", lang)}
    found["security"] = [{"key": []}, {"session": []}]
    parts = found["components"] = {**found["components"]}
    parts["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
    }
    problem = answers.Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts["schemas"] = {**parts["schemas"], **problem.pop("$defs"), "Problem": problem}
    for route in API:
        path = f"/{route.path}".replace("<int:", "{").replace(">", "}")
        for one in found["paths"].get(path, {}).values():
            _complete(one, route, lang)
    return found


def _complete(one: dict[str, Any], route: Route, lang: str) -> None:
    """Add to an operation what all of its kind have."""
    one["summary"] = word(f"api.{one['operationId']}", lang)
    one.pop("description", None)
    one["x-right"] = route.right
    unsafe = route.methods != ("GET",)
    if unsafe:
        schema = {"type": "string", "minLength": 1, "maxLength": once.LONGEST, "pattern": "^[ -~]+$"}
        one["parameters"].append({"in": "header", "name": once.HEADER, "required": False, "schema": schema})
    for parameter in one["parameters"]:
        parameter["description"] = meaning(parameter["name"], lang)
    for status in sorted((*ERRORS, *(ERRORS_OF_CHANGES if unsafe else ()))):
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        one["responses"][status] = {"description": HTTPStatus(status).phrase, "content": content}


def meaning(name: str, lang: str) -> str:
    """What a parameter or field says."""
    return word(f"api.field_{name.lower().replace('-', '_')}", lang)


def _fields(said: dict[str, Any], one: dict[str, Any], lang: str) -> list[dict[str, Any]]:
    """Parameters of an operation and fields of its body, as its table shows them."""
    found = [_field(one["name"], one["in"], one["required"], one["schema"], lang) for one in one["parameters"]]
    for content in one.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        if "$ref" in schema:
            schema = said["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        needed = schema.get("required", ())
        found += [_field(name, "body", name in needed, part, lang) for name, part in schema["properties"].items()]
    return found


def _kind(schema: dict[str, Any]) -> str:
    """What a value is: its format or type, of a list that of its entries."""
    return _kind(schema["items"]) + "..." if "items" in schema else str(schema.get("format") or schema.get("type", ""))


def _field(name: str, place: str, needed: bool, schema: dict[str, Any], lang: str) -> dict[str, Any]:
    kinds = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    allowed = [value for part in kinds for value in part.get("enum", [part["const"]] if "const" in part else [])]
    return {
        "name": name,
        "place": word(f"api.in_{place}", lang),
        "needed": needed,
        "kind": _kind(kinds[0]),
        "allowed": [value for value in allowed if value != ""],
        "default": schema.get("default"),
        "meaning": meaning(name, lang),
    }
