"""However much is told beside a value, the rows it comes from are read once."""

from dataclasses import replace
from typing import Any

import pytest
from measuring import MARCH, add, at, merged, shipped

from benchmarks.scanning import scanned
from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_change, fact_deployment, fact_pull_request

PULLS, DAYS = 48, 24
EARLIER = replace(MARCH, start=at(-28), end=MARCH.start)


def change(number: int, day: float) -> dict[str, Any]:
    """A pull request that was shipped so many days into the window, two days after its first commit."""
    instants = {name: at(day - 2) for name in ("first_commit_at", "last_commit_at", "created_at", "merged_at")}
    row = {"id": f"c{number}", "pr_id": f"p{number}", "deployment_id": f"d{number}", "service": "shop", "owner_team": "web", "team": "web"}
    return (
        row
        | instants
        | {
            "deployed_at": at(day),
            "is_first": True,
            "author_type": "human",
            "kind": "change",
            "labels": [],
            "url": "https://x",
            "number": number,
            "title": "T",
        }
    )


@pytest.mark.parametrize(
    ("more", "times"),
    [
        ({}, 1),
        ({"group_by": ("team",)}, 2),
        ({"compare": "previous", "compare_window": EARLIER}, 1),
        ({"variants": True}, 2),
        ({"group_by": ("service",)}, 2),
    ],
    ids=[
        "total",
        "cut",
        "compared: once for each window",
        "other rules: bots are other rows",
        "cut where a change may stand in several groups",
    ],
)
async def test_a_question_reads_each_row_once(company: Database, settings: Settings, more: dict[str, Any], times: int) -> None:
    """Value, percentiles, series, records, warnings and rules of lead time come from one reading of the changes in the window."""
    await add(company, fact_change, [change(n, n * DAYS / PULLS) for n in range(PULLS)])
    await add(company, fact_deployment, [shipped(1, 1)])
    question = Question("change_lead_time", window=MARCH, grain="week", **more)
    read = await scanned(company, lambda: measure(company, settings, question))
    found = await measure(company, settings, question)
    assert (found.value, found.n, len(found.links)) == (48, PULLS, 5)
    assert read["fact_change"] - len(found.links) == times * PULLS


async def test_the_records_most_worth_opening_have_a_page(company: Database, settings: Settings) -> None:
    """Records without an address are passed over, however long they took; what is shown of the others is their own."""
    pulls = [merged(n, n, first_commit_at=at(n - n), url=None if n > 9 else f"https://git.test/{n}") for n in range(1, 20)]
    await add(company, fact_pull_request, pulls)
    found = await measure(company, settings, Question("pr_cycle_time", window=MARCH, grain="total"))
    assert [(link["label"], link["title"], link["url"]) for link in found.links] == [
        (f"#{n}", f"Change {n}", f"https://git.test/{n}") for n in (9, 8, 7, 6, 5)
    ]
