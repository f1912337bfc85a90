"""The output schema of everything that returns a metric's envelope."""

from typing import Any

_NULLABLE_NUMBER: dict[str, Any] = {"type": ["number", "null", "object"]}
_FIGURE: dict[str, Any] = {
    "status": {"enum": ["ok", "not_enough_data", "no_denominator", "no_coverage", "not_configured"]},
    "value": _NULLABLE_NUMBER,
    "n": {"type": ["integer", "null"]},
    "numerator": {"type": ["number", "null"]},
    "denominator": {"type": ["number", "null"]},
    "stats": {"type": "object"},
}
ENVELOPE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        **_FIGURE,
        "metric": {"type": "string"},
        "title": {"type": "string"},
        "unit": {"type": "string"},
        "definition_version": {"type": "integer"},
        "window": {
            "type": "object",
            "properties": {name: {"type": "string"} for name in ("from", "to", "tz")},
            "required": ["from", "to", "tz"],
        },
        "grain": {"type": "string"},
        "series": {
            "type": "array",
            "items": {"type": "object", "properties": {**_FIGURE, "bucket": {"type": "string"}, "partial": {"type": "boolean"}}},
        },
        "groups": {"type": "array", "items": {"type": "object", "properties": {**_FIGURE, "dimensions": {"type": "object"}}}},
        "compare": {"type": "object"},
        "as_of": {"type": "string"},
        "alarms": {"type": "array", "items": {"type": "object"}},
        "warnings": {"type": "array", "items": {"type": "string"}},
        "evidence": {"type": "string"},
    },
    "required": ["metric", "status", "value", "unit", "window", "as_of"],
}
"""Metrics may carry further members (`failed_ids`, `open_failures`, …)."""
