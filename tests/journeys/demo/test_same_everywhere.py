"""One question, four ways to ask it: an MCP client, REST, the command line and the chat give the same number and the same receipt."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from gateway.app import build
from gateway.cli.main import run
from gateway.front import Front
from gateway.tools import call

QUESTION = "What was our change lead time last quarter for the payments team?"
ASKED: dict[str, Any] = {"metric": "change_lead_time", "period": "last_quarter", "filters": {"team": "payments"}}
TOLD = ("metric", "status", "value", "n", "stats", "window", "as_of", "variants", "trust", "evidence", "revision")


@pytest.mark.timeout(120)
async def test_mcp_rest_command_line_and_chat_give_the_same_number(
    front: Front, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Value, spread, base, window, other rules and evidence id are equal, and the chat's figure is that value with that receipt."""
    by_mcp = await call(front.tools, "metrics_query_metric", **ASKED)
    by_rest = await over_http(front)
    by_command = await on_the_command_line(front, monkeypatch, capsys)
    assert [told(document) for document in (by_rest, by_command)] == [told(by_mcp)] * 2
    answer = await asked_in_words(front)
    figure = next(found for found in answer["figures"] if found["metric"] == "change_lead_time" and found["stat"] in ("value", "p50"))
    (evidence,) = [item for item in answer["evidence"] if item["id"] == figure["evidence"]]
    assert (figure["value"], figure["dimensions"]) == (by_mcp["value"], {"team": "payments"})
    assert {name: evidence["result"][name] for name in ("value", "n", "stats", "window")} == {
        name: by_mcp[name] for name in ("value", "n", "stats", "window")
    }


def told(document: dict[str, Any]) -> dict[str, Any]:
    """What must be the same."""
    return {name: document.get(name) for name in TOLD}


async def over_http(front: Front) -> dict[str, Any]:
    """The answer of the REST interface."""
    app = build(front, with_chat=False)
    transport = httpx.ASGITransport(app=app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http:
        body = {name: value for name, value in ASKED.items() if name != "metric"}
        answer = await http.post(f"/api/v1/metrics/{ASKED['metric']}/query", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def on_the_command_line(front: Front, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """What `pulse metric query` prints."""
    assert front.settings.database_url is not None
    monkeypatch.setenv("DATABASE_URL", front.settings.database_url.get_secret_value())
    monkeypatch.setenv("PULSE_NOW", str(front.settings.pulse_now))
    words = ["--json", "metric", "query", str(ASKED["metric"]), "--period", str(ASKED["period"]), "--filter", "team=payments"]
    assert await asyncio.to_thread(run, words) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


async def asked_in_words(front: Front) -> dict[str, Any]:
    """The answer of the chat."""
    async for event in front.backend.ask(QUESTION, None):
        if event.type == "done":
            return event.data
    raise AssertionError("the answer has no end")
