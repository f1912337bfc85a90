"""Worked cases against the shipped engine: literal rows into a scratch database, derived, measured and compared."""

import json
import math
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from etl.derive.cases import load_case
from etl.derive.refresh import refresh
from servers.metrics.case_questions import PURE, adapted, answer, as_of_case, on_its_own, settings_of_case, supported
from servers.metrics.coverage import ENTITIES
from store import dsn as dsns
from store.database import Database, connect, open_database
from store.errors import ConfigurationError
from store.settings import Settings
from store.tables import metadata

TOLERANCE = 1e-6
_COVERED_FROM = "1990-01-01"


async def check_cases(settings: Settings, path: Path) -> dict[str, Any]:
    """Run every case of a file and compare what its `expected` names.

    Returns `{"cases", "passed", "unsupported": [ids], "failed": [{"id", "expected", "got"}]}`.
    """
    cases, tolerance = read_cases(path)
    report: dict[str, Any] = {"cases": len(cases), "passed": 0, "unsupported": [], "failed": []}
    async with scratch(settings) as db:
        for case in cases:
            if not supported(case["metric"]):
                report["unsupported"].append(case["id"])
                continue
            got = await run_case(db, settings, case)
            wrong = differences(case["expected"], got, tolerance)
            report["passed"] += not wrong
            if wrong:
                report["failed"].append(
                    {
                        "id": case["id"],
                        "expected": {name: case["expected"][name] for name in wrong},
                        "got": {name: found(got, name) for name in wrong},
                    }
                )
    return report


def read_cases(path: Path) -> tuple[list[dict[str, Any]], float]:
    """The cases of a file and the tolerance they are compared with.

    Raises:
        ConfigurationError: the file is not in the form of worked cases.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        cases = content["cases"]
        if not all({"id", "metric", "inputs", "expected"} <= case.keys() for case in cases):
            raise KeyError("id, metric, inputs, expected")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"{path} must be JSON like {{'cases': [{{'id', 'metric', 'inputs', 'parameters', 'expected'}}]}}: {error}."
        ) from error
    return cases, float(content.get("tolerance", TOLERANCE))


@asynccontextmanager
async def scratch(settings: Settings) -> AsyncIterator[Database]:
    """A migrated, empty database beside the real one; it is dropped at the end."""
    name = f"pulse_check_{os.urandom(6).hex()}"
    async with open_database(settings, role="owner") as home:
        server = await connect(home.dsn)
        try:
            await server.execute(f"create database {name}")
            fresh = settings.model_copy(
                update={"database_url": type(settings).model_validate({"database_url": dsns.with_database(home.dsn, name)}).database_url}
            )
            async with open_database(fresh, role="owner") as db:
                yield db
        finally:
            await server.execute(f"drop database if exists {name}")
            await server.close()


async def run_case(db: Database, settings: Settings, case: Mapping[str, Any]) -> dict[str, Any]:
    """Load one case into an emptied scratch database, derive its facts and measure."""
    own = settings_of_case(settings, case)
    if case["metric"] in PURE and on_its_own(case):
        return await answer(db, own, case)
    async with db.begin() as connection:
        await _empty(connection)
        await _cover(connection, as_of_case(case))
    await load_case(db, adapted(case))
    await refresh(db, own)
    return await answer(db, own, case)


async def _empty(connection: AsyncConnection) -> None:
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    await connection.execute(text(f"truncate {names}"))


async def _cover(connection: AsyncConnection, until: Any) -> None:
    """The rows of a case are all there is, so every source counts as read."""
    statement = (
        "insert into checkpoint (site, entity, scope, covered_from_at, complete_to_at, updated_at) "
        f"values ('case', :entity, 'case', '{_COVERED_FROM}', :until, :until)"
    )
    names = sorted({entity for entities in ENTITIES.values() for entity in entities})
    await connection.execute(text(statement), [{"entity": name, "until": until} for name in names])


def found(got: Mapping[str, Any], name: str) -> Any:
    """A member of a result, or of its statistics."""
    return got[name] if name in got else (got.get("stats") or {}).get(name)


def differences(expected: Mapping[str, Any], got: Mapping[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """Names of the expected members that the result does not have so."""
    return [name for name, wanted in expected.items() if not same(wanted, _comparable(wanted, found(got, name)), tolerance)]


def _comparable(wanted: Any, value: Any) -> Any:
    """A series expected as a map is compared as bucket → value."""
    if isinstance(wanted, Mapping) and isinstance(value, Sequence) and not isinstance(value, str):
        return {point["bucket"]: point.get("value") for point in value if isinstance(point, Mapping)}
    return value


def same(wanted: Any, value: Any, tolerance: float = TOLERANCE) -> bool:
    """Whether a value is the wanted one: numbers within the tolerance, members of maps one by one, extra members of the result aside."""
    if isinstance(wanted, bool) or isinstance(value, bool) or wanted is None:
        return bool(wanted == value)
    if isinstance(wanted, int | float):
        return isinstance(value, int | float) and math.isclose(wanted, value, rel_tol=tolerance, abs_tol=tolerance)
    if isinstance(wanted, Mapping):
        return isinstance(value, Mapping) and all(same(part, value.get(name), tolerance) for name, part in wanted.items())
    if isinstance(wanted, list):
        return (
            isinstance(value, list) and len(wanted) == len(value) and all(same(a, b, tolerance) for a, b in zip(wanted, value, strict=True))
        )
    return bool(wanted == value)
