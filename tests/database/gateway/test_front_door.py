"""REST, streams and MCP of the front door over real HTTP."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fastmcp import Client
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from tests.database.gateway.conftest import DOCUMENT, Door, store_run

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


async def test_the_process_says_that_it_lives_and_that_it_is_ready(door: Door) -> None:
    """`/healthz` needs nothing; `/readyz` names every dependency and the first sync."""
    assert (await door.http.get("/healthz")).json() == {"status": "ok"}
    ready = await door.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (
        200,
        {"status": "ready", "database": "ok", "migrations": "ok", "servers": "ok", "chat": "ok", "first_sync": "pending"},
    )


async def test_readiness_tells_how_the_first_sync_is_doing(door: Door) -> None:
    """A source without any stored run is still on its first sync."""
    await store_run(door.db, "r1")
    await store_run(door.db, "r2", source="jira", status="running")
    assert (await door.http.get("/readyz")).json()["first_sync"] == "running"


async def test_a_question_is_answered_with_the_whole_document(door: Door) -> None:
    """The conversation travels with the question."""
    answer = await door.http.post("/api/v1/ask", json={"question": "How many?", "conversation_id": "c1"})
    assert (answer.status_code, answer.json(), door.backend.asked) == (200, DOCUMENT, [("How many?", "c1")])


async def test_an_answer_can_be_followed_as_it_is_made(door: Door) -> None:
    """With `Accept: text/event-stream` the events come one by one; the last carries the document."""
    answer = await door.http.post("/api/v1/ask", json={"question": "How many?"}, headers={"Accept": "text/event-stream"})
    events = [block.split("\n") for block in answer.text.strip().split("\n\n")]
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert [lines[0] for lines in events] == ["event: plan", "event: text", "event: done"]
    assert json.loads(events[-1][1].removeprefix("data: ")) == DOCUMENT


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/api/v1/ask", {"question": ""}, 422),
        ("POST", "/api/v1/ask", {"question": "x", "role": "admin"}, 422),
        ("GET", "/api/v1/sync/runs/none", None, 404),
        ("GET", "/api/v1/metrics/no_such_metric", None, 422),
        ("GET", "/api/v1/nowhere", None, 404),
        ("DELETE", "/api/v1/ask", None, 405),
    ],
)
async def test_every_error_is_a_problem_document_without_what_was_sent(
    door: Door, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    """RFC 9457: title, status and what to do; input is not echoed."""
    answer = await door.http.request(method, path, json=body)
    assert (answer.status_code, answer.headers["content-type"], answer.json()["status"]) == (status, "application/problem+json", status)
    assert "admin" not in answer.text


@pytest.mark.parametrize(("path", "tool"), [("/mcp", "github_list_repositories"), ("/mcp/github", "list_repositories")])
async def test_mcp_clients_find_the_tools_under_the_same_port(door: Door, path: str, tool: str) -> None:
    """`/mcp` has all tools with prefixes, `/mcp/github` those of one server."""
    async with Client(f"{door.url}{path}") as client:
        assert tool in [found.name for found in await client.list_tools()]
        assert (await client.call_tool(tool)).structured_content["rows"] == []


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
async def test_pages_of_other_hosts_cannot_reach_the_mcp_servers(door: Door, headers: dict[str, str]) -> None:
    """DNS rebinding: a foreign Host or Origin is refused."""
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    answer = await door.http.post("/mcp", json=body, headers={"Accept": "application/json, text/event-stream", **headers})
    assert answer.status_code in (403, 421)


async def test_a_page_of_another_origin_cannot_open_the_socket(door: Door) -> None:
    """Cross-site WebSocket hijacking: the handshake is refused."""
    with pytest.raises(InvalidStatus, match="403"):
        await connect(f"{door.url.replace('http', 'ws')}/api/v1/sync/stream", proxy=None, origin=Origin("http://evil.example"))


async def test_a_body_larger_than_one_mebibyte_is_refused(door: Door) -> None:
    """Both when its length is declared and when it comes in pieces."""

    async def pieces() -> Any:
        for _ in range(20):
            yield b" " * 100_000

    declared = await door.http.post("/api/v1/ask", content=b" " * 1_100_000)
    chunked = await door.http.post("/api/v1/ask", content=pieces(), headers={"Content-Type": "application/json"})
    assert (declared.status_code, chunked.status_code) == (413, 413)


async def test_answers_carry_the_headers_that_browsers_need(door: Door) -> None:
    """Data is not cached, not framed, not sniffed; scripts may do nothing with it."""
    headers = (await door.http.get("/healthz")).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_the_docs_page_lists_every_operation_without_foreign_hosts(door: Door) -> None:
    """`/docs` is made from the same document as `/openapi.json`."""
    document = (await door.http.get("/openapi.json")).json()
    page = (await door.http.get("/docs")).text
    assert [path for path in document["paths"] if f"<code>{path}</code>" not in page] == []
    assert "http" not in page.replace("http-", "").split("<h1>")[0]
