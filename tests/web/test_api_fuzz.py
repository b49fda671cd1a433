"""SEC-18: requests made from the document, right ones and wrong ones: no 5xx, and every answer as the document says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks
from tests.web.conftest import Group
from tests.web.test_api import key_of

from goldloop.web.routes import API

CHECKS: list[Any] = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]
SOAK = pytest.param(600, marks=pytest.mark.soak)


@pytest.fixture(scope="module")
def operations(group: Group) -> Iterator[dict[str, Any]]:
    """Every operation of the document, by name, answered by the app in this process."""
    from goldloop.web.api.document import described
    from goldloop.web.api.operations import pace
    from goldloop.web.wsgi import application

    schema = schemathesis.openapi.from_dict(described("en"))
    schema.app = application
    schema.config.update(base_url="http://localhost/")
    with patch.object(pace, "most", 1_000_000):
        found = [result.ok() for result in schema.get_all_operations()]
        yield {one.definition.raw["operationId"]: one for one in found}


@pytest.mark.parametrize("examples", [8, SOAK])
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize("name", [one.name.removeprefix("api_") for one in API if one.name != "api_document"])
def test_no_request_breaks_an_operation(
    group: Group, operations: dict[str, Any], name: str, mode: GenerationMode, examples: int
) -> None:
    operation = operations[name]
    if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()) and not operation.body:
        pytest.skip("nothing can be said wrong to it")
    headers = {"Authorization": f"Bearer {key_of(group, 'group owner')}"}

    @settings(
        max_examples=examples, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
