"""A4: one upstream answer in five is faulty, in every way an answer can be."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from bars import Bar
from stand_in import GITHUB_TABLES, github_at, served
from starlette.types import ASGIApp

from etl.catalogue import Declared, declared
from etl.demo.company.model import Company
from etl.demo.faults import Fault, FaultPlan, Misbehaving
from etl.demo.github.app import make_app
from etl.http import Limits
from etl.replay import store_digest
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(300)
COMPLETED = Bar("A4", "syncs that do not complete while one answer in five is faulty", 0, "syncs")
DIFFERENT = Bar("A4", "tables that differ from those of an undisturbed sync", 0, "tables")
REQUESTS = Bar("A4", "requests beside those of an undisturbed sync", 1.6, "times")
DEADLINE_S = 4.0
ROUNDS = 3
JSON = {"content-type": "application/json"}
BOMB = gzip.compress(b"0" * (80 * 2**20), 9)
SECONDARY = b'{"message": "You have exceeded a secondary rate limit."}'
KINDS = [
    Fault("status", status=500),
    Fault("status", status=502),
    Fault("status", status=503, headers={"retry-after": "0"}),
    Fault("status", status=429, headers={"retry-after": "0"}),
    Fault("status", status=403, body=SECONDARY),
    Fault("status", status=200, headers={**JSON, "content-encoding": "gzip"}, body=BOMB),
    *(Fault(kind) for kind in ("reset", "cut", "cut_chunk", "invalid_json", "html", "empty", "wrong_length")),
    Fault("slow", seconds=2 * DEADLINE_S),
]


def faulty(seed: int) -> FaultPlan:
    """Every kind equally often, together one answer in five."""
    left, faults = 1.0, []
    for kind in KINDS:
        each = 0.2 / len(KINDS)
        faults.append(replace(kind, share=each / left))
        left -= each
    return FaultPlan(faults, seed=seed)


def impatient(source: Any) -> Declared:
    """GitHub, asked by a client that waits four seconds for an answer."""
    own = declared(source)
    connect = partial(own.connector.connect, limits=Limits(deadline_s=DEADLINE_S, in_flight=2))
    return Declared(replace(own.connector, connect=connect), own.entities)


async def _sync(db: Database, settings: Settings, app: ASGIApp, ask: Callable[[Any], Declared] = impatient) -> tuple[str, int]:
    async with served(app) as url:
        result = await sync(github_at(settings, url), db, sources=["github"], declared=ask)
    return result.status, sum(totals.requests for totals in result.entities)


@pytest.mark.usefixtures("hasty")
async def test_faulty_answers_cost_tries_and_no_row(fresh: Fresh, small_company: Company, settings: Settings, measured: Measure) -> None:
    """Status codes, limits, cut and broken bodies, foreign pages, a bomb, silence: the store is that of an undisturbed sync."""
    async with fresh() as db:
        status, plain = await _sync(db, settings, make_app(small_company), declared)
        assert status == "ok"
        undisturbed = await store_digest(db, GITHUB_TABLES)
    failed, different, requests, struck = 0, set[str](), 0, 0
    for seed in range(ROUNDS):
        plan = faulty(seed)
        async with fresh() as db:
            status, asked = await _sync(db, settings, Misbehaving(make_app(small_company), plan))
            digest = await store_digest(db, GITHUB_TABLES)
        failed += status != "ok"
        different |= {name for name in GITHUB_TABLES if digest[name] != undisturbed[name]}
        requests, struck = requests + asked, struck + len(plan.struck)
    measured(COMPLETED, failed, f"({ROUNDS} syncs, {struck} faults of {len(KINDS)} kinds)")
    measured(DIFFERENT, len(different), " ".join(sorted(different)))
    measured(REQUESTS, requests / (ROUNDS * plain), f"({requests} of {ROUNDS * plain})")
