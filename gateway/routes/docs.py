"""The REST interface described for people at /docs: plain HTML from the OpenAPI document, no scripts, no foreign hosts."""

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
    "code,pre{font-family:ui-monospace,monospace}h2{margin-top:2rem}details{margin:.4rem 0;padding:.4rem .7rem;border:1px solid #8885;border-radius:8px}"
    "summary{cursor:pointer}table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8883}"
    "b.m{display:inline-block;min-width:4rem;color:#0c8a97}"
)


@router.get("/docs")
async def docs(request: Request) -> HTMLResponse:
    """Every operation with its parameters."""
    return HTMLResponse(page(request.app.openapi()), headers={"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"})


def page(document: dict[str, Any]) -> str:
    """The OpenAPI document as one HTML page."""
    operations = [(path, method, operation) for path, methods in document["paths"].items() for method, operation in methods.items()]
    body = "".join(_operation(document, *item) for item in operations)
    title = escape(document["info"]["title"])
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'><title>{title} API</title><style>{STYLE}</style>"
        f"<h1>{title} API</h1><p>{escape(document['info'].get('summary', ''))} The same as <a href=/openapi.json>OpenAPI</a>; "
        f"agents use MCP at <code>/mcp</code>.</p>{body}</html>"
    )


def _operation(document: dict[str, Any], path: str, method: str, operation: dict[str, Any]) -> str:
    rows = [
        (item["name"], item["in"], "required" if item.get("required") else "", item.get("description", ""))
        for item in operation.get("parameters", [])
    ]
    rows += _body_rows(document, operation)
    cells = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    table = f"<table><tr><th>Parameter<th>In<th><th>Meaning</tr>{cells}</table>" if rows else ""
    about = escape(operation.get("description", operation.get("summary", "")))
    return f"<details open><summary><b class=m>{method.upper()}</b> <code>{escape(path)}</code></summary><p>{about}</p>{table}</details>"


def _body_rows(document: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    model = document.get("components", {}).get("schemas", {}).get(schema.get("$ref", "").rsplit("/", 1)[-1], schema)
    required = model.get("required", [])
    return [
        (name, "body", "required" if name in required else "", field.get("description", ""))
        for name, field in model.get("properties", {}).items()
    ]
