"""H8: deliveries that are forged, repeated, old, out of order or odd, and how fast each is answered."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from bars import Bar
from sqlalchemy import text
from stand_in import ALL_TABLES

from etl.replay import store_digest
from tests.chaos.conftest import Measure
from tests.database.gateway.conftest import Door, signature, taking_webhooks

pytestmark = pytest.mark.timeout(300)
FORGED = Bar("H8", "forged or damaged deliveries that were taken", 0, "deliveries")
REFUSED_WRONGLY = Bar("H8", "true deliveries that were refused", 0, "deliveries")
REPEATED = Bar("H8", "effects of deliveries that came again", 0, "effects")
TWICE = Bar("H8", "deliveries sent twice at once that had two effects", 0, "deliveries")
DATA = Bar("H8", "tables of synced data that any delivery changed", 0, "tables")
ANSWER = Bar("H8", "99 of 100 answers came within", 500, "ms")
REPLAYS, ROUNDS, AT_ONCE = 1_000, 40, 8
HUGE_BYTES = 25 * 2**20
HEADERS = {"github": "x-hub-signature-256", "jira": "x-hub-signature"}
KEPT = text("select (select count(*) from webhook_delivery), (select count(*) from schedule where hinted_at is not null)")


def push(number: int) -> bytes:
    """A delivery of GitHub about a push."""
    return json.dumps({"ref": "refs/heads/main", "after": f"{number:040d}", "repository": {"full_name": "acme-shop/docs"}}).encode()


def issue(number: int) -> bytes:
    """A delivery of Jira about an issue."""
    return json.dumps(
        {"webhookEvent": "jira:issue_updated", "timestamp": number, "issue": {"id": str(10_000 + number), "key": "DAT-1"}}
    ).encode()


FORGERIES: Mapping[str, Any] = {
    "no signature": lambda body: (body, None),
    "an empty signature": lambda body: (body, "sha256="),
    "SHA-1": lambda body: (body, signature(body, algorithm="sha1")),
    "another secret": lambda body: (body, signature(body, "another secret")),
    "JSON written otherwise": lambda body: (json.dumps(json.loads(body), indent=1).encode(), signature(body)),
    "a byte changed": lambda body: (body.replace(b"1", b"2", 1), signature(body)),
    "a cut body": lambda body: (body[:-1], signature(body)),
    "no algorithm named": lambda body: (body, signature(body).removeprefix("sha256=")),
    "25 MB, well signed": lambda body: (huge := body[:-1] + b', "x": "' + b"x" * HUGE_BYTES + b'"}', signature(huge)),
}


class Sender:
    """Sends deliveries and notes how long each answer took."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.took_ms: list[float] = []
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send(self, source: str, body: bytes, signed: str | None, **headers: str) -> Any:
        """One delivery."""
        given = {"content-type": "application/json", "x-github-event": "push", **headers}
        given |= {HEADERS[source]: signed} if signed is not None else {}
        async with self._places:
            began = time.perf_counter()
            answer = await self.door.http.post(f"/webhooks/{source}", content=body, headers=given)
            self.took_ms.append(1000 * (time.perf_counter() - began))
        return answer

    async def true(self, source: str, body: bytes, **headers: str) -> Any:
        """One that is signed well."""
        return await self.send(source, body, signature(body), **headers)

    async def kept(self) -> tuple[int, int]:
        """Deliveries kept, and sources that are read sooner."""
        async with self.door.db.connect() as connection:
            deliveries, hinted = (await connection.execute(KEPT)).one()
        return int(deliveries), int(hinted)


@pytest.fixture
async def taking(server_url: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Door]:
    """A front door that knows the secret of both webhooks."""
    async with taking_webhooks(server_url, template, tmp_path_factory.mktemp("door")) as door:
        yield door


async def test_only_true_deliveries_have_an_effect_and_each_once(taking: Door, measured: Measure) -> None:
    """Each kind of forgery, a thousand repetitions, repetitions under new ids, old ones, wrong events, any order, two at once."""
    sender, dice = Sender(taking), random.Random(8)
    before = await store_digest(taking.db, ALL_TABLES)
    made = {"github": push, "jira": issue}
    forged = [(source, *forge(make(1))) for source, make in made.items() for forge in FORGERIES.values()]
    answers = await asyncio.gather(*(sender.send(*one) for one in forged))
    taken = sum(answer.is_success for answer in answers)
    measured(FORGED, taken + sum(await sender.kept()), f"({len(forged)} deliveries of {len(FORGERIES)} kinds)")

    true = [(source, make(number)) for source, make in made.items() for number in range(100, 100 + ROUNDS)]
    dice.shuffle(true)
    first = await asyncio.gather(*(sender.true(source, body) for source, body in true))
    wrong = await sender.true("github", push(7), **{"x-github-event": "star"})
    measured(REFUSED_WRONGLY, sum(answer.status_code != 202 for answer in [*first, wrong]), f"({len(true) + 1} deliveries in any order)")

    kept = await sender.kept()
    again = await asyncio.gather(*(sender.true(*dice.choice(true), **{"x-github-delivery": str(turn)}) for turn in range(REPLAYS)))
    effects = sum(answer.json()["outcome"] != "known" for answer in again) + abs((await sender.kept())[0] - kept[0])
    measured(REPEATED, effects, f"({REPLAYS:,} repetitions under new ids)")

    pairs = [push(number) for number in range(1_000, 1_000 + ROUNDS)]
    both = await asyncio.gather(*(sender.true("github", body) for body in pairs for _ in range(2)))
    fresh = sum(answer.json()["outcome"] == "waiting" for answer in both)
    measured(TWICE, fresh - len(pairs), f"({len(pairs)} pairs)")

    after = await store_digest(taking.db, ALL_TABLES)
    measured(DATA, sum(before[name] != after[name] for name in ALL_TABLES))
    slowest = sorted(sender.took_ms)
    measured(
        ANSWER,
        slowest[int(len(slowest) * 0.99)],
        f"({len(slowest):,} deliveries, {AT_ONCE} at a time, middle {slowest[len(slowest) // 2]:.0f} ms)",
    )
