"""Judges exchanges with a Jira against Atlassian's descriptions of its APIs."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fake_jira import Answered
from jsonschema import Draft4Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

DESCRIPTIONS = ("jira-platform-v3.openapi.json", "jira-software-agile.openapi.json")


class Description:
    """Operations of both API descriptions by method and path."""

    def __init__(self, folder: Path) -> None:
        self.documents = [json.loads((folder / name).read_text(encoding="utf-8")) for name in DESCRIPTIONS]

    def problems(self, exchange: Answered) -> Iterator[str]:
        """What is not as described in one exchange."""
        found = self._operation(exchange.method.lower(), exchange.path)
        if found is None:
            yield f"{exchange.method} {exchange.path} is not described"
            return
        document, operation = found
        known = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
        for name, value in exchange.query.items():
            if name not in known:
                yield f"{exchange.path} has no parameter {name}"
            else:
                yield from self._check(document, known[name]["schema"], _typed(value, known[name]["schema"]), f"{exchange.path}?{name}")
        if exchange.body is not None:
            yield from self._check(
                document, operation["requestBody"]["content"]["application/json"]["schema"], exchange.body, exchange.path
            )
        answer = operation["responses"].get(str(exchange.status), {}).get("content", {}).get("application/json", {}).get("schema")
        # The description gives one link where Jira, and the example beside it, give a list.
        parts = exchange.answer if exchange.path.endswith("/remotelink") else [exchange.answer]
        for part in parts if answer is not None else ():
            yield from self._check(document, answer, _without_nulls(part), f"answer of {exchange.path}")

    def _operation(self, method: str, path: str) -> tuple[Any, Any] | None:
        matches = [
            (template.count("{"), document, operations[method])
            for document in self.documents
            for template, operations in document["paths"].items()
            if method in operations and re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path)
        ]
        return min(matches, key=lambda match: match[0])[1:] if matches else None

    def _check(self, document: Any, schema: Any, value: Any, where: str) -> Iterator[str]:
        registry: Any = Registry().with_resource("urn:api", Resource(document, DRAFT4))
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
        for error in Draft4Validator(absolute, registry=registry).iter_errors(value):
            yield f"{where}: {error.json_path} {error.message[:200]}"


def _typed(value: str, schema: Any) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return value.split(",")
    return int(value) if kind == "integer" else value == "true" if kind == "boolean" else value


def _without_nulls(value: Any) -> Any:
    """Null means absent: the descriptions do not spell it out."""
    if isinstance(value, dict):
        return {name: _without_nulls(member) for name, member in value.items() if member is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
