"""Webhooks over real HTTP: what is signed is kept once and followed; everything else leaves no trace."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import text

from etl import schedule
from etl.parse_files import unwrap
from gateway.headers import MAX_BODY_BYTES
from store.clock import wall_clock
from store.settings import Settings
from store.tables.operations import sync_run
from tests.database.gateway.conftest import WEBHOOK_SECRET, Door, signature, taking_webhooks

pytestmark = pytest.mark.timeout(30)
PUSH = {"ref": "refs/heads/main", "repository": {"full_name": "acme-shop/docs"}}


@pytest.fixture(scope="module")
async def taking(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A front door that knows the secret of both webhooks."""
    async with taking_webhooks(server_url, template, tmp_path_factory.mktemp("door")) as door:
        yield door


@pytest.fixture
async def hooked(taking: Door) -> Door:
    """The same with nothing kept and nothing queued."""
    async with taking.db.begin() as connection:
        await connection.execute(text("truncate webhook_delivery, schedule"))
    return taking


async def send(door: Door, body: bytes, *, source: str = "github", event: str = "push", **headers: str) -> Any:
    """A signed delivery; `headers` change or add some (`_` for `-`)."""
    name = "x-hub-signature-256" if source == "github" else "x-hub-signature"
    given = {name: signature(body), "x-github-event": event, "content-type": "application/json"}
    return await door.http.post(
        f"/webhooks/{source}", content=body, headers=given | {key.replace("_", "-"): value for key, value in headers.items()}
    )


async def kept(door: Door) -> tuple[int, int]:
    """Deliveries kept and sources that are read sooner."""
    async with door.db.connect() as connection:
        counted = "select (select count(*) from webhook_delivery), (select count(*) from schedule where hinted_at is not null)"
        deliveries, hinted = (await connection.execute(text(counted))).one()
    return int(deliveries), int(hinted)


async def test_a_signed_delivery_makes_its_source_be_read_sooner(hooked: Door) -> None:
    """The answer says what the sync will look at; the source is due within seconds instead of at its next time."""
    now = wall_clock()
    async with hooked.db.begin() as connection:
        run = sync_run.insert().values(
            id="run-1", source="github", mode="incremental", status="ok", requested_at=now - timedelta(minutes=2)
        )
        await connection.execute(run)
    answer = await send(hooked, json.dumps(PUSH).encode())
    assert (answer.status_code, answer.json()) == (202, {"outcome": "waiting", "event": "push", "entity": "github.commits"})
    async with hooked.db.connect() as connection:
        [standing] = await schedule.standings(connection, Settings(_env_file=None), ["github"])
        kept_hint = (await connection.execute(text("select event, outcome, hint->>'scope' from webhook_delivery"))).one()
    in_half_an_hour = f"{(now.minute + 30) % 60} * * * *"
    planned = schedule.next_start(replace(standing, cron=in_half_an_hour, reconcile="0 0 29 2 *"), wall_clock())
    assert planned is not None
    assert standing.hinted_at is not None
    assert planned.because == "a webhook said that something changed"
    assert planned.at - standing.hinted_at < timedelta(seconds=30)
    assert kept_hint == ("push", "waiting", "acme-shop/docs")


@pytest.mark.parametrize(
    "headers",
    [
        {"x_hub_signature_256": ""},
        {"x_hub_signature_256": "sha256="},
        {"x_hub_signature_256": signature(json.dumps(PUSH).encode(), "another secret")},
        {"x_hub_signature_256": signature(json.dumps(PUSH).encode(), algorithm="sha1")},
        {"x_hub_signature_256": signature(json.dumps(PUSH, indent=1).encode())},
        {"x_hub_signature_256": signature(json.dumps(PUSH).encode())[:-1]},
        {"x_hub_signature_256": signature(json.dumps(PUSH).encode()).removeprefix("sha256=")},
        {"x_hub_signature_256": "sha256=\xff\xfe"},
    ],
)
async def test_a_forged_delivery_is_refused_and_leaves_no_trace(hooked: Door, headers: dict[str, str]) -> None:
    """No signature, an older algorithm, another secret, other bytes."""
    sent = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
    answer = await hooked.http.post("/webhooks/github", content=json.dumps(PUSH).encode(), headers={"x-github-event": "push", **sent})
    assert answer.status_code == 401
    assert WEBHOOK_SECRET not in answer.text
    assert await kept(hooked) == (0, 0)


async def test_a_delivery_that_comes_again_has_no_second_effect(hooked: Door) -> None:
    """Neither under the same id nor under a new one, which is not signed; not even two at once."""
    body = json.dumps(PUSH).encode()
    answers = await asyncio.gather(*(send(hooked, body, x_github_delivery=str(turn // 2)) for turn in range(40)))
    assert Counter(answer.json()["outcome"] for answer in answers) == {"waiting": 1, "known": 39}
    assert await kept(hooked) == (1, 1)


async def test_a_burst_of_deliveries_is_one_reason_to_read(hooked: Door) -> None:
    """Every hint is kept for the next sync; the source is due once."""
    for number in range(30):
        await send(hooked, json.dumps({**PUSH, "after": str(number)}).encode())
    assert await kept(hooked) == (30, 1)


@pytest.mark.parametrize("declared", [True, False])
async def test_a_delivery_that_is_too_large_is_refused(hooked: Door, declared: bool) -> None:
    """Whether it says so beforehand or grows while it comes in."""
    body = b'{"a": "' + b"x" * MAX_BODY_BYTES + b'"}'

    async def in_parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 2**16):
            yield body[start : start + 2**16]

    headers = {"x-hub-signature-256": signature(body), "x-github-event": "push"}
    answer = await hooked.http.post("/webhooks/github", content=body if declared else in_parts(), headers=headers)
    assert answer.status_code == 413
    assert await kept(hooked) == (0, 0)


@pytest.mark.parametrize("body", [b"", b"[]", b"not JSON", b'"text"', b"[" * 100_000, b"\xff\xfe{}"])
async def test_what_is_no_json_object_is_refused(hooked: Door, body: bytes) -> None:
    """Signed nonsense is nonsense; no answer is a server error."""
    assert (await send(hooked, body)).status_code == 400


@pytest.mark.parametrize("value", ["a\x00b", "\ud800", "x" * 5000, 7, None, {"deep": 1}, ["x"]])
async def test_odd_values_are_taken_or_set_aside(hooked: Door, value: Any) -> None:
    """Text that PostgreSQL cannot hold, wrong types, long names: whatever is signed has an outcome."""
    document = {"webhookEvent": value, "action": value, "issue": {"id": value}, "repository": {"full_name": value}}
    for source in ("github", "jira"):
        answer = await send(hooked, json.dumps(document).encode(), source=source, event="issues")
        assert (answer.status_code, answer.json()["outcome"] in ("waiting", "set aside")) == (202, True)


async def test_a_delivery_may_come_as_a_form(hooked: Door) -> None:
    """GitHub's other content type; the signature covers the form as it was sent."""
    body = urlencode({"payload": json.dumps(PUSH)}).encode()
    answer = await send(hooked, body, content_type="application/x-www-form-urlencoded")
    assert answer.json() == {"outcome": "waiting", "event": "push", "entity": "github.commits"}


async def test_without_a_secret_nothing_is_taken(door: Door) -> None:
    """The answer names the setting."""
    for source, setting in (("github", "GITHUB_WEBHOOK_SECRET"), ("jira", "JIRA_WEBHOOK_SECRET")):
        answer = await send(door, b"{}", source=source)
        assert (answer.status_code, setting in answer.json()["detail"]) == (503, True)


def recorded(folder: Path) -> Iterator[tuple[str, Any]]:
    """Event and payload of each recorded delivery; where the recording does not tell the event, its file's name does."""
    for path in sorted(folder.glob("*.json")):
        for record in json.loads(path.read_text("utf-8"))["records"]:
            payloads = [record["payload"]] if "payload" in record else unwrap(record)
            named = record if isinstance(record, dict) else {}
            event = named.get("event") or (named.get("name") or path.stem).removeprefix("app-").split("-basic")[0].replace("-", "_")
            yield from ((event, payload) for payload in payloads)


@pytest.mark.parametrize("source", ["github", "jira"])
async def test_every_recorded_delivery_is_taken_or_set_aside_by_name(hooked: Door, evidence: Path, source: str) -> None:
    """Real deliveries of every event: none is refused, and each has a name."""
    outcomes = Counter[str]()
    distinct = set[bytes]()
    for event, payload in recorded(evidence / source / "webhooks"):
        body = json.dumps(payload).encode()
        distinct.add(body)
        answer = await send(hooked, body, source=source, event=event)
        outcomes[answer.json()["outcome"]] += 1
        assert (answer.status_code, bool(answer.json()["event"])) == (202, True)
    assert outcomes["waiting"] >= (90 if source == "github" else 20)
    assert outcomes["waiting"] + outcomes["set aside"] == len(distinct)
    assert await kept(hooked) == (len(distinct), 1)
