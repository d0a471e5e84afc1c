"""The JSON Schemas of the project, compiled once."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from ..paths import SCHEMAS


def load(name: str) -> dict[str, Any]:
    """A schema as JSON; name: file name without `.schema.json`, below schemas/."""
    text = (SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def registry() -> Any:
    """The schemas that others refer to."""
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT7

    value = Resource.from_contents(load("value"), default_specification=DRAFT7)
    return Registry().with_resource("value.schema.json", value)


@cache
def validator(name: str, kind: type[Any] | None = None) -> Any:
    """A validator for one schema, to be used again and again; kind: the validator class of a draft, by default 7."""
    from jsonschema import Draft7Validator

    return (kind or Draft7Validator)(load(name), registry=registry())


@cache
def output_validator(name: str) -> Any:
    """A validator for one of our own output documents, `recommendation` for example."""
    return validator(f"output/{name}")
