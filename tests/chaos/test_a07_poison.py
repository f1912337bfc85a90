"""A7: sixty poisoned records among ten thousand good ones, some of which are only strange."""

from collections.abc import Callable
from typing import Any

import pytest
from bars import Bar
from fake_jira import listening
from sqlalchemy import text
from stand_in import jira_at

from etl.sync import sync
from store.settings import Settings
from tests.chaos.conftest import Fresh, Measure

pytestmark = pytest.mark.timeout(600)
STORED = Bar("A7", "good records stored, strange ones too", 10_000, "records", "higher")
ASIDE = Bar("A7", "poisoned records set aside with reason and payload", 60, "records", "higher")
ABORTED = Bar("A7", "passes that poison ended", 0, "passes")
GOOD, POISONED = 10_000, 60
Spoil = Callable[[dict[str, Any]], Any]
POISON: list[Spoil] = [
    lambda issue: issue["fields"].update(created="0000-00-00T00:00:00.000+0000"),
    lambda issue: issue["fields"].update(created="10000-01-01T00:00:00.000+0000"),
    lambda issue: issue["fields"].pop("created"),
    lambda issue: issue["fields"].update(created=[2026]),
    lambda issue: issue.update(fields=None),
    lambda issue: issue.update(fields=[]),
    lambda issue: issue["fields"].update(updated="not a time"),
    lambda issue: issue["fields"].update(resolutiondate={"a": 1}),
    lambda issue: issue.update(id=None, key=None),
    lambda issue: issue.update(id={"nested": 1}),
]
STRANGE: list[Spoil] = [
    lambda issue: issue["fields"].update(summary="x" * 30_000_000),
    lambda issue: issue["fields"].update(summary="NUL \x00 and half a pair \ud83d"),
    lambda issue: issue["fields"].update(parent={"id": "10003", "key": "PAY-3"}),
    lambda issue: issue["fields"].update(parent={"id": "10002", "key": "PAY-2"}),
    lambda issue: issue["fields"].update(labels=[f"label-{number}" for number in range(1000)]),
    lambda issue: issue["fields"].update(customfield_2="three"),
    lambda issue: issue["fields"].update(assignee={"displayName": "Nobody any more"}),
    lambda issue: issue["fields"].update(unheard_of={"of": ["a", {"new": "shape"}]}),
]


async def test_poison_costs_nothing_but_itself(fresh: Fresh, settings: Settings, measured: Measure) -> None:
    """Wrong types, dates that are none, missing ids; beside them 30 MB of text, a ring of parents, a thousand labels."""
    async with listening() as site, fresh() as db:
        for number in range(1, GOOD + POISONED + 1):
            site.add_issue(number, entries=1)
        for place, spoil in enumerate(STRANGE):
            spoil(site.issues[str(10_002 + place)])
        for place in range(POISONED):
            POISON[place % len(POISON)](site.issues[str(10_100 + place * 150)])
        site.careless = True
        result = await sync(jira_at(settings, site.url), db, sources=["jira"])
        async with db.connect() as connection:
            stored = int(await connection.scalar(text("select count(*) from issue")) or 0)
            told = text("select count(*) from quarantine where entity = 'jira.issues' and reason <> '' and payload is not null")
            aside = int(await connection.scalar(told) or 0)
            reasons = int(await connection.scalar(text("select count(distinct reason) from quarantine")) or 0)
    measured(STORED, stored, f"({len(STRANGE)} kinds of strange ones)")
    measured(ASIDE, aside, f"({len(POISON)} kinds, {reasons} reasons)")
    measured(
        ABORTED,
        sum(bool(totals.error) for totals in result.entities),
        " ".join(str(totals.error) for totals in result.entities if totals.error),
    )
