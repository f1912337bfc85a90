"""The stand-ins can misbehave on request."""

import asyncio
import json
import threading

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from etl.demo.faults import Fault, FaultKind, FaultPlan, Misbehaving

API = "/rest/api/3"


async def test_a_refusal_carries_its_headers_and_ends_after_its_times(jira: httpx.AsyncClient, faults: FaultPlan) -> None:
    """Twice 429 with Retry-After, then the answer."""
    faults.faults.append(Fault("status", "myself", status=429, headers={"retry-after": "7"}, times=2))
    answers = [await jira.get(f"{API}/myself") for _ in range(3)]
    assert [(answer.status_code, answer.headers.get("retry-after")) for answer in answers] == [(429, "7"), (429, "7"), (200, None)]
    assert faults.struck == ["status GET /rest/api/3/myself"] * 2


async def test_a_fault_leaves_other_paths_alone_and_can_come_later(jira: httpx.AsyncClient, faults: FaultPlan) -> None:
    """`where` chooses by path, `after` lets the first ones pass."""
    faults.faults.append(Fault("html", "GET .*/status$", after=1))
    types = [(await jira.get(f"{API}/{path}")).headers["content-type"].split(";")[0] for path in ("field", "status", "status")]
    assert types == ["application/json", "application/json", "text/html"]


async def test_an_answer_can_be_no_json(jira: httpx.AsyncClient, faults: FaultPlan) -> None:
    """The half of it, or nothing at all, with status 200."""
    faults.faults += [Fault("invalid_json", times=1), Fault("empty", times=1)]
    for _ in range(2):
        answer = await jira.get(f"{API}/field")
        assert answer.status_code == 200
        with pytest.raises(json.JSONDecodeError):
            answer.json()


async def test_page_tokens_can_be_repeated_or_lost(jira: httpx.AsyncClient, faults: FaultPlan) -> None:
    """A client that trusts them would run in circles, or stop too early."""
    question = {"jql": "project = DAT", "maxResults": 50}
    faults.faults.append(Fault("repeat_token", "search/jql", times=2))
    first = (await jira.post(f"{API}/search/jql", json=question)).json()
    second = (await jira.post(f"{API}/search/jql", json={**question, "nextPageToken": first["nextPageToken"]})).json()
    assert second["nextPageToken"] == first["nextPageToken"]
    faults.faults[:] = [Fault("lose_token", "search/jql")]
    third = (await jira.post(f"{API}/search/jql", json=question)).json()
    assert (third["isLast"], third.get("nextPageToken")) == (False, None)


async def test_a_share_of_requests_is_struck_the_same_way_each_time() -> None:
    """The dice are seeded."""
    strikes = [
        [plan.next_for("GET /x") is not None for _ in range(200)]
        for plan in (FaultPlan([Fault("empty", share=0.2)], seed=5) for _ in range(2))
    ]
    assert strikes[0] == strikes[1]
    assert 20 <= sum(strikes[0]) <= 60


async def _hello(_request: Request) -> Response:
    return JSONResponse({"hello": "world"})


@pytest.mark.timeout(20)
@pytest.mark.parametrize("kind", ["cut", "wrong_length"])
async def test_a_body_can_end_before_its_length(kind: FaultKind) -> None:
    """Over a real connection the client notices that something is missing."""
    app = Misbehaving(Starlette(routes=[Route("/", _hello)]), FaultPlan([Fault(kind)]))
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        await asyncio.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"http://127.0.0.1:{port}/")
    server.should_exit = True
    thread.join(10)
