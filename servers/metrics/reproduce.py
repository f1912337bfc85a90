"""A receipt asked again: the same question over the same window as of the same moment must give the same bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics import scorecard
from servers.metrics.anomalies import judged_series
from servers.metrics.catalogue import metric_named
from servers.metrics.coverage import BEHIND, Coverage, read_coverage
from servers.metrics.engine import measure_on
from servers.metrics.metric import Source
from servers.metrics.plan import split_rules
from servers.metrics.question import Question
from servers.metrics.receipts import canonical, replay
from servers.metrics.result import Span
from servers.metrics.trace import question_of
from store.database import Database
from store.errors import InvalidQuestion
from store.settings import Settings


async def reproduce(db: Database, settings: Settings, evidence: str) -> dict[str, Any]:
    """Compute what a receipt says once more and compare: `{"evidence", "identical", "differs": [members], "kept", "found"}`.

    Raises:
        PulseError: there is no such receipt, or it holds no metric that the engine computes.
    """
    kept = await replay(db, evidence)
    document = kept["result"]
    metrics = document.get("metrics")
    if not any("metric" in part for part in metrics or [document]):
        raise InvalidQuestion(f"{evidence} holds no metric; reproduce the evidence of query_metric or dora_report.")
    async with db.connect() as connection:
        coverage = await read_coverage(connection, settings)
        found = [await _again(connection, settings, part, kept["arguments"], coverage) for part in metrics or [document]]
    document = {name: value for name, value in document.items() if name != "known_now"}  # what was known later is no part of the answer
    again = {**document, "metrics": found} if metrics else found[0]
    return {
        "evidence": evidence,
        "identical": canonical(again) == canonical(document),
        "differs": differences(document, again),
        "kept": document,
        "found": again,
    }


async def _again(
    connection: AsyncConnection, settings: Settings, part: Mapping[str, Any], arguments: Mapping[str, Any], coverage: Coverage
) -> dict[str, Any]:
    """One metric once more; a line of the scorecard with the signals that its verdict rests on, a series with its limits."""
    asked, known = question_again(part, arguments), as_covered(part, coverage)
    if "signals" in part and "trend" in part:
        return await scorecard.row(connection, settings, asked, known)
    found = (await measure_on(connection, settings, asked, known)).document()
    return judged_series(found, metric_named(asked.metric)) if "xmr" in part else found


def question_again(document: Mapping[str, Any], arguments: Mapping[str, Any]) -> Question:
    """The question of a result with names as they were spelled, so that what was said of the spelling is said again."""
    asked = question_of(document)
    given: Mapping[str, str | Sequence[str]] = arguments.get("filters") or {}
    spelled, _ = split_rules(metric_named(asked.metric), given)
    for dimension in asked.filters:
        word = arguments.get("team" if dimension == "owner_team" else dimension)
        spelled |= {dimension: word} if word and "filters" not in arguments else {}
    chosen = {"which": arguments["which"]} if "which" in arguments else {}
    return replace(asked, filters=spelled or asked.filters, params={**asked.params, **chosen}, both_clocks=False)


def as_covered(document: Mapping[str, Any], coverage: Coverage) -> Coverage:
    """Coverage with the spans that the result was given with: what was synced since is not part of it."""
    spans: dict[Source, Span] = {name: Span.model_validate(span) for name, span in (document.get("coverage") or {}).items()}
    said = [warning for warning in document.get("warnings", ()) if warning.startswith(f"{BEHIND}:")]
    return replace(coverage, pinned=spans, said=said)


def differences(kept: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Members that are not the same, those of a report with their metric."""
    if "metrics" in kept:
        pairs = zip(kept["metrics"], found["metrics"], strict=True)
        return [f"{before['metric']}.{name}" for before, after in pairs for name in differences(before, after)]
    names = sorted({*kept, *found} - {"evidence"})
    return [name for name in names if canonical(kept.get(name)) != canonical(found.get(name))]
