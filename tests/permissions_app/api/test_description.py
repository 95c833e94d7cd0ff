"""The management API's description of itself: complete, valid, and without a warning."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from config.api_description import TAGS
from permissions_app.api.manage.problems import CONTENT_TYPE

Described = dict[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def described() -> Described:
    """The whole description."""
    told = SchemaGenerator().get_schema(request=None, public=True)
    return json.loads(json.dumps(told, default=str))  # type: ignore[no-any-return]


def operations(described: Described) -> Iterator[tuple[str, Described]]:
    """Every operation with its address and method."""
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def bodies(described: Described) -> Iterator[tuple[str, str, Described]]:
    """Every body that is sent or told: (where, content type, the media type object)."""
    for name, operation in operations(described):
        for kind, body in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} takes", kind, body
        for status, answer in operation["responses"].items():
            for kind, body in resolved(described, answer).get("content", {}).items():
                yield f"{name} answers {status}", kind, body


def resolved(described: Described, part: Described) -> Described:
    """What a reference stands for."""
    if "$ref" not in part:
        return part
    found: Any = described
    for step in part["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]


def test_description__valid_and_without_a_warning(tmp_path: Path) -> None:
    told = tmp_path / "openapi.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(told))
    assert told.read_text().startswith("openapi: 3.1")


def test_operations__each_has_a_name_a_summary_and_a_known_heading(described: Described) -> None:
    headings = {tag["name"] for tag in TAGS}
    names = []
    for name, operation in operations(described):
        names.append(operation["operationId"])
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= headings, name
        assert operation["security"], name
    assert len(names) == len(set(names))
    assert headings == {tag for _, it in operations(described) for tag in it["tags"]}


def test_operations__each_tells_how_it_refuses(described: Described) -> None:
    for name, operation in operations(described):
        refusals = {int(status) for status in operation["responses"] if int(status) >= 400}
        assert refusals >= {401, 403, 429}, name
        assert "{" not in name or 404 in refusals, name
        assert "requestBody" not in operation or refusals >= {400, 413, 415, 422}, name
        asked = {it["name"]: it.get("required", False) for it in operation.get("parameters", [])}
        assert ("If-Match" in asked) == (412 in refusals), name
        assert asked.get("If-Match", False) == (428 in refusals), name
        assert ("Idempotency-Key" in asked) == (409 in refusals), name
        assert name.startswith("GET ") == ("Idempotency-Key" not in asked), name
        for status in refusals:
            answer = resolved(described, operation["responses"][str(status)])
            assert set(answer["content"]) == {CONTENT_TYPE}, name


def test_bodies__each_has_an_example_that_fits_its_schema(described: Described) -> None:
    for where, kind, body in bodies(described):
        assert body.get("examples"), f"{where} {kind}: no example"
        if not kind.endswith("json"):
            continue
        schema = {**body["schema"], "components": described["components"]}
        for name, example in body["examples"].items():
            errors = jsonschema.Draft202012Validator(schema).iter_errors(example["value"])
            assert not [error.message for error in errors], f"{where}: example {name}"
