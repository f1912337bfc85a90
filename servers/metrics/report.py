"""Several numbers over one window: the DORA five, and how fresh the data are."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from servers.metrics.engine import measure_on
from servers.metrics.question import Question
from servers.metrics.result import Result
from store.clock import now
from store.database import Database
from store.settings import Settings

DORA_FIVE = ("deployment_frequency", "change_lead_time", "change_fail_rate", "failed_deployment_recovery_time", "deployment_rework_rate")
"""Three measures of throughput, two of instability."""
_FRESHNESS = """
select c.entity, min(c.covered_from_at) as synced_from, max(c.complete_to_at) as synced_to, count(*) as scopes
from checkpoint c where (cast(:source as text) is null or c.entity like :source || '.%') group by c.entity order by c.entity
"""
_LAST_RUN = """
select distinct on (source) source, status, coalesce(finished_at, started_at, requested_at) as at, error, remedy from sync_run
where (cast(:source as text) is null or source = :source) order by source, requested_at desc
"""


async def dora_report(
    db: Database,
    settings: Settings,
    *,
    period: str | None = None,
    team: str | Sequence[str] | None = None,
    service: str | Sequence[str] | None = None,
    compare: str | None = "previous",
) -> dict[str, Any]:
    """The DORA five for the same window, each with the change against the compared one; `team` is the owner of the service."""
    async with db.connect() as connection:
        results = []
        for metric in DORA_FIVE:
            filters = {} if service is None else {"service": service}
            if team is not None:
                filters["owner_team" if metric == "change_lead_time" else "team"] = team
            question = Question(metric, period, grain="total", filters=filters, compare=compare, variants=True)
            results.append(await measure_on(connection, settings, question))
    return report_document(results, period)


def report_document(results: Sequence[Result], period: str | None) -> dict[str, Any]:
    """Results over one window as one document."""
    documents = [found.document() for found in results]
    warnings = list(dict.fromkeys(warning for document in documents for warning in document["warnings"]))
    return {
        "period": period or "last_90_days",
        "window": documents[0]["window"],
        "as_of": documents[0]["as_of"],
        "metrics": documents,
        "warnings": warnings,
    }


async def freshness(db: Database, settings: Settings, source: str | None = None) -> dict[str, Any]:
    """How far each source is stored, when it was last read and with which outcome; lag in minutes."""
    moment = now(settings)
    async with db.connect() as connection:
        entities = (await connection.execute(text(_FRESHNESS), {"source": source})).mappings().all()
        runs = {row["source"]: row for row in (await connection.execute(text(_LAST_RUN), {"source": source})).mappings()}
    names = sorted({row["entity"].split(".", 1)[0] for row in entities} | set(runs))
    return {
        "as_of": moment,
        "sources": [
            _source(name, [row for row in entities if row["entity"].startswith(f"{name}.")], runs.get(name), moment) for name in names
        ],
    }


def _source(name: str, entities: Sequence[Any], run: Any, moment: datetime) -> dict[str, Any]:
    starts = [row["synced_from"] for row in entities if row["synced_from"]]
    ends = [row["synced_to"] for row in entities if row["synced_to"]]
    return {
        "source": name,
        "synced_from": min(starts, default=None),
        "synced_to": min(ends, default=None),
        "last_run": run["at"] if run else None,
        "status": run["status"] if run else "never",
        "error": run["error"] if run else None,
        "remedy": run["remedy"] if run else None,
        "lag_minutes": round((moment - min(ends)).total_seconds() / 60, 1) if ends else None,
        "entities": [{"entity": row["entity"], "scopes": row["scopes"], "complete_to": row["synced_to"]} for row in entities],
    }
