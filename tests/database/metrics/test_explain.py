"""A change of any metric divides into parts that add up to it, read from rows."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import insert

from servers.metrics.catalogue import CATALOGUE
from servers.metrics.engine import measure
from servers.metrics.explain import explain_change
from servers.metrics.metric import Shares, Spread
from servers.metrics.plan import WrongQuestion
from servers.metrics.question import Question
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_change, fact_deployment, fact_incident, fact_issue, fact_issue_state, fact_pull_request
from store.tables.people import person, team
from store.tables.raw import checkpoint
from store.tables.work import issue, work_interval

NOW = datetime(2026, 4, 15, tzinfo=UTC)
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
TEAMS = ("core", "apps", "data")


def rows_of_delivery(random: Random) -> dict[Any, list[dict[str, Any]]]:
    """Sixty changes a month, apps slower from March on; each with its pull request, deployment, item and now and then an incident."""
    found: dict[Any, list[dict[str, Any]]] = {
        table: [] for table in (fact_change, fact_deployment, fact_incident, fact_issue, fact_pull_request)
    }
    for number in range(120):
        at = BEGIN + timedelta(days=number * 0.49, hours=random.random() * 5)
        squad, lines = TEAMS[number % 3 if random.random() < 0.8 else 0], random.randint(1, 900)
        hours = random.uniform(5, 80) * (3 if squad == "apps" and at.month > 2 else 1)
        begun, merged, failed = at - timedelta(hours=hours), at - timedelta(hours=hours * 0.2), random.random() < 0.2
        who = {"team": squad, "owner_team": squad, "service": f"{squad}-api", "repo": f"acme/{squad}", "author_type": "human"}
        size = "S" if lines < 50 else "M" if lines < 200 else "L"
        pull = who | {
            "id": f"p{number}",
            "first_commit_at": begun,
            "merged_at": merged,
            "deployed_at": at,
            "size_bucket": size,
            "labels": [],
        }
        found[fact_change].append(pull | {"id": f"c{number}", "pr_id": f"p{number}", "deployment_id": f"d{number}", "is_first": True})
        times = {"ready_at": begun + timedelta(hours=hours * 0.3), "first_review_at": begun + timedelta(hours=hours * 0.5)}
        more = {"created_at": begun, "closed_at": merged, "last_approval_at": merged, "size_lines": lines, "review_rounds": number % 3}
        found[fact_pull_request].append(pull | times | more | {"state": "merged", "reviewed_before_merge": number % 4 > 0})
        deployed = {"id": f"d{number}", "kind": "hotfix" if number % 9 == 0 else "change", "finished_at": at, "pr_count": 1 + number % 4}
        recovery = {
            "recovered_at": at + timedelta(hours=3 + number % 5),
            "recovery_from_at": at,
            "incident_started_at": at + timedelta(hours=1),
        }
        repaired = {"failed": failed, "failed_by": "incident" if failed else None} | (recovery if failed else dict.fromkeys(recovery))
        found[fact_deployment].append({k: v for k, v in who.items() if k not in ("team", "author_type")} | deployed | repaired)
        item = {
            "id": f"i{number}",
            "key": f"K-{number}",
            "team": squad,
            "level": "item",
            "created_at": begun,
            "start_at": begun,
            "done_at": at,
        }
        spent = {"active_hours": hours * 0.5, "waiting_hours": hours * 0.3, "points": number % 8, "cancelled": False, "first_done_at": at}
        found[fact_issue].append(item | spent | {"work_class": "defect" if number % 5 == 0 else "ktlo", "labels": [], "components": []})
        found[fact_incident] += [trouble(number, squad, at)] if failed else []
    return found


def trouble(number: int, squad: str, at: datetime) -> dict[str, Any]:
    """The incident of a failed deployment."""
    row = {"id": f"x{number}", "team": squad, "severity": "sev1", "started_at": at, "resolved_at": at + timedelta(hours=number % 7)}
    return row | {"link_deployment_id": f"d{number}", "link_kind": "explicit"}


@pytest.fixture
async def company(db: Database, settings: Settings) -> Database:
    """February and March of three teams, fully read."""
    settings.pulse_now = NOW
    entities = ("github.pull_requests", "github.deployments", "jira.issues")
    common = {"scope": "all", "complete_to_at": NOW, "covered_from_at": BEGIN, "updated_at": NOW}
    async with db.begin() as connection:
        await connection.execute(insert(checkpoint), [{"site": name.split(".")[0], "entity": name} | common for name in entities])
        await connection.execute(insert(team), [{"id": f"team:{key}", "key": key, "name": key, "source": "yaml"} for key in TEAMS])
        for table, rows in rows_of_delivery(Random(11)).items():
            await connection.execute(insert(table), rows)
    return db


@pytest.mark.timeout(60)
async def test_the_parts_of_every_metric_add_up_to_its_change(company: Database, settings: Settings) -> None:
    """Whatever is measured: all parts come to the difference, and the stages to what the groups contribute."""
    explained = set()
    for metric in [found for found in CATALOGUE.values() if found.aggregated and not isinstance(found.measure, Spread)]:
        filters = {metric.measure.dimension: "defect"} if isinstance(metric.measure, Shares) else {}
        document = await explain_change(company, settings, Question(metric.id, "2026-03", compare="2026-02", filters=filters))
        if document["delta"] is None:
            continue
        explained.add(metric.id)
        groups = sum(part["contribution"] for part in document["parts"] if part["kind"] not in ("mix", "size"))
        assert sum(part["contribution"] for part in document["parts"]) == pytest.approx(document["delta"], abs=1e-9), metric.id
        assert document["delta"] == pytest.approx(document["value"] - document["compare"]["value"]), metric.id
        if document["stages"]:
            assert sum(stage["contribution"] for stage in document["stages"]) == pytest.approx(groups, abs=1e-9), metric.id
    assert {"change_lead_time", "change_fail_rate", "deployment_frequency", "issue_cycle_time", "pr_review_rounds"} <= explained


async def test_a_slower_team_is_named_with_its_values_and_stages(company: Database, settings: Settings) -> None:
    """Apps takes three times as long from March on: the rise is its own, in every stage of its work."""
    document = await explain_change(company, settings, Question("change_lead_time", "2026-03", compare="2026-02"))
    first = document["parts"][2]
    assert (document["by"], [part["kind"] for part in document["parts"]]) == ("team", ["mix", "size", "team", "team", "team"])
    assert (first["name"], first["after"]["value"] > 2 * first["before"]["value"]) == ("apps", True)
    assert first["contribution"] > 0.5 * document["delta"]
    assert [stage["name"] for stage in document["stages"]] == ["coding", "pickup", "review", "deploy"]


async def test_within_one_team_the_change_is_laid_to_something_else(company: Database, settings: Settings) -> None:
    """A filter that leaves one team has no team parts; work classes stand in for them."""
    document = await explain_change(company, settings, Question("throughput", "2026-03", compare="2026-02", filters={"team": "apps"}))
    assert (document["by"], {part["kind"] for part in document["parts"]}) == ("work_class", {"work_class"})


async def test_without_a_value_in_one_window_there_is_nothing_to_divide(company: Database, settings: Settings) -> None:
    """The reason is said; no part is made up."""
    document = await explain_change(company, settings, Question("change_lead_time", "2026-02", compare="2026-01"))
    assert (document["delta"], document["parts"], document["status"]) == (None, [], "no_coverage")
    assert "compared window" in document["message"]


@pytest.mark.parametrize(
    ("metric", "compare", "said"),
    [
        ("pr_risk", None, "not made of"),
        ("review_load_gini", None, "how evenly"),
        ("flow_distribution", None, "choose one"),
        ("wip", "none", "two windows"),
    ],
)
async def test_what_cannot_be_divided_is_refused(
    company: Database, settings: Settings, metric: str, compare: str | None, said: str
) -> None:
    """The message says what can be asked instead."""
    with pytest.raises(WrongQuestion, match=said):
        await explain_change(company, settings, Question(metric, "2026-03", compare=compare))


async def test_shares_of_an_epic_or_under_another_word_are_divided_as_they_are_measured(company: Database, settings: Settings) -> None:
    """Work goes to the epics A and B, more to A in March: what is divided is the share that the answer gives, whichever filters stand beside."""
    spans = [
        {"issue_id": f"w{day}", "from_at": BEGIN + timedelta(days=day), "to_at": BEGIN + timedelta(days=day + 1), "assignee_id": "ana"}
        for day in range(56)
    ]
    kinds = [("A", "defect"), ("B", "tech_debt"), ("A", "ktlo"), ("B", "defect"), ("A", "defect")]
    items = [
        {"id": f"w{day}", "key": f"W-{day}", "level": "item", "labels": [], "components": []}
        | dict(zip(("epic", "work_class"), kinds[day % (5 if day > 27 else 4)], strict=True))
        for day in range(56)
    ]
    async with company.begin() as connection:
        await connection.execute(insert(person), [{"id": "ana", "display_name": "Ana", "author_type": "human"}])
        await connection.execute(insert(work_interval), spans)
        await connection.execute(insert(fact_issue), items)
        await connection.execute(
            insert(fact_issue), [{"id": key, "key": key, "level": "epic", "labels": [], "components": []} for key in "AB"]
        )
        site = {"site": "jira", "source": "jira", "category": "done", "level": "item", "created_at": BEGIN}
        await connection.execute(insert(issue), [site | {"id": row["id"], "key": row["key"]} for row in items])
    for filters in ({"epic": "A"}, {"epic": "A", "work_class": "defect"}, {"class": "Tech Debt"}):
        asked = Question("investment_allocation", "2026-03", compare="2026-02", filters=filters)
        document = await explain_change(company, settings, asked)
        assert document["delta"], document
        assert sum(part["contribution"] for part in document["parts"]) == pytest.approx(document["delta"], abs=1e-9)
        groups = [part for part in document["parts"] if part["kind"] not in ("mix", "size")]
        for side, measured in (("before", document["compare"]["value"]), ("after", document["value"])):
            held = sum((part[side]["value"] or 0) * part[side]["share"] for part in groups)
            assert held == pytest.approx(measured), (filters, side)


async def test_what_is_counted_by_another_metric_is_divided_by_it_too(company: Database, settings: Settings) -> None:
    """Nobody is assigned, so shares are of finished items: the parts are those items, and come to the change of the share that is told."""
    spell = {"category": "in_progress", "kind": "active", "status": "Doing", "from_at": BEGIN, "to_at": BEGIN + timedelta(days=50)}
    async with company.begin() as connection:
        await connection.execute(insert(fact_issue_state), [spell | {"issue_id": f"i{number}"} for number in range(20)])
    asked = Question("investment_allocation", "2026-03", compare="2026-02", filters={"Work Class": "defect"})
    document = await explain_change(company, settings, asked)
    groups = [part for part in document["parts"] if part["kind"] == "team"]
    assert (document["counted_by"], sum(part["after"]["n"] for part in groups)) == ("flow_distribution", document["n"])
    assert sum(part["contribution"] for part in document["parts"]) == pytest.approx(document["delta"], abs=1e-9) != 0


async def test_a_dimension_may_be_spelt_as_people_write_it(company: Database, settings: Settings) -> None:
    """`Team` is the dimension team, and its members are looked up as such."""
    found = [
        await measure(company, settings, Question("throughput", "2026-03", filters={word: "Apps"})) for word in ("team", "Team", "Squad")
    ]
    assert len({answer.value for answer in found}) == 1
