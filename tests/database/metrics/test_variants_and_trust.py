"""How far a number depends on its rules, and whether enough is known to give it."""

from typing import Any

from measuring import MARCH, add, at, merged, shipped

from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.wording import result_text
from store.database import Database
from store.settings import Settings
from store.tables.facts import fact_change, fact_deployment, fact_incident, fact_pull_request


def incident(number: int, day: float, **more: Any) -> dict[str, Any]:
    """An incident so many days into the window that nothing was found for."""
    return {"id": f"i{number}", "service": "shop", "owner_team": "web", "started_at": at(day), "link_kind": "none"} | more


async def test_a_fail_rate_is_also_given_under_the_other_rules(company: Database, settings: Settings) -> None:
    """Of ten deployments one is named by an incident, one had one within the day, one after two days: each rule counts its own."""
    rows = [shipped(number, number) for number in range(10)]
    rows[0] |= {"failed": True, "surely_linked": True, "incidents": 1}
    rows[1] |= {"failed": True, "gap_hours": 5.0, "incidents": 1}
    rows[2] |= {"failed": True, "gap_hours": 50.0, "incidents": 1}
    rows[3] |= {"failed": False, "gap_hours": 100.0}
    await add(company, fact_deployment, rows)
    await add(company, fact_incident, [incident(1, 1, link_kind="explicit")])
    found = await measure(company, settings, Question("change_fail_rate", window=MARCH, grain="total", variants=True))
    assert (found.value, found.variants and {rule.rule: rule.value for rule in found.variants.rules}) == (
        0.3,
        {"link=explicit": 0.1, "link=1d": 0.2, "link=7d": 0.4, "link=any": 0.4, "link=incidents": 0.3},
    )
    assert found.variants is not None
    assert (found.variants.range, found.variants.moves_most) == ([0.1, 0.4], "link=explicit")
    assert "other rules: 10.0–40.0 % (most: explicit links only)" in result_text(found.document())


async def test_the_listed_records_are_those_of_the_chosen_rule(company: Database, settings: Settings) -> None:
    """Under another rule a rate names what it counts, not what the default would."""
    rows = [shipped(number, number) for number in range(12)]
    rows[0] |= {"failed": True, "surely_linked": True, "incidents": 1}
    rows[1] |= {"failed": True, "gap_hours": 50.0, "incidents": 1}
    rows[2] |= {"kind": "hotfix"}
    rows[3] |= {"kind": "rollback"}
    await add(company, fact_deployment, rows)
    await add(company, fact_incident, [incident(1, 1, link_kind="explicit")])
    for metric, name, rule, ids in (
        ("change_fail_rate", "failed_ids", {"link": "explicit"}, ["d0"]),
        ("change_fail_rate", "failed_ids", {}, ["d0", "d1"]),
        ("deployment_rework_rate", "rework_ids", {"repair": "rollbacks"}, ["d3"]),
        ("deployment_rework_rate", "rework_ids", {}, ["d2", "d3"]),
    ):
        found = (await measure(company, settings, Question(metric, window=MARCH, grain="total", params=rule))).document()
        assert (found[name], found["numerator"]) == (ids, len(ids))


async def test_a_lead_time_under_another_rule_is_what_that_rule_alone_gives(company: Database, settings: Settings) -> None:
    """Each value beside the median equals the answer to the question that asks for that rule."""
    base = {"deployment_id": "d", "kind": "change", "labels": [], "is_first": True}
    rows = [
        base | {"id": f"c{n}", "pr_id": f"p{n}", "author_type": "bot" if n > 6 else "human", "first_commit_at": at(0), "last_commit_at": at(1 + n / 20)}
        | {"created_at": at(1), "merged_at": at(2), "deployed_at": at(3 + n / 10)}
        for n in range(12)
    ]  # fmt: skip
    await add(company, fact_change, rows)
    await add(company, fact_deployment, [shipped(1, 1)])
    found = await measure(company, settings, Question("change_lead_time", window=MARCH, variants=True))
    assert found.variants is not None
    for rule in found.variants.rules:
        name, value = rule.rule.split("=")
        alone = await measure(company, settings, Question("change_lead_time", window=MARCH, params={name: value}))
        assert (rule.value, rule.n, alone.rules) == (alone.value, alone.n, {name: value})
    assert {rule.n for rule in found.variants.rules} == {7, 12}


async def test_below_the_bar_there_is_not_enough_evidence_and_a_remedy(company: Database, settings: Settings) -> None:
    """Two of six incidents are laid to anything: the fail rate is withheld, and it is said what would help; with four of six it is given."""
    await add(company, fact_deployment, [shipped(number, number) for number in range(12)])
    await add(company, fact_incident, [incident(number, number, link_kind="explicit" if number < 2 else "none") for number in range(6)])
    question = Question("change_fail_rate", window=MARCH)
    thin = await measure(company, settings, question)
    assert (thin.status, thin.value) == ("not_enough_data", None)
    assert (thin.message or "").startswith("Not enough evidence: only 2 of 6 incidents")
    assert "incidents.link_window_days" in (thin.message or "")
    await add(company, fact_incident, [incident(number, number, cause="third_party") for number in range(6, 9)])
    enough = await measure(company, settings, question)
    assert (enough.status, enough.trust and (enough.trust[0].have, enough.trust[0].of, enough.trust[0].met)) == ("ok", (5, 9, True))


async def test_a_member_of_a_cut_is_trusted_as_it_would_be_alone(company: Database, settings: Settings) -> None:
    """Web's incidents are laid to deployments, those of apps are not: only the value of web is given, whichever way it is asked for."""
    teams = ("web", "apps")
    rows = [shipped(number, number, owner_team=teams[number % 2]) for number in range(24)]
    laid = [incident(number, number, owner_team=teams[number % 2], link_kind=("explicit", "none")[number % 2]) for number in range(12)]
    await add(company, fact_deployment, rows)
    await add(company, fact_incident, laid)
    question = Question("change_fail_rate", window=MARCH, grain="total", group_by=["team"])
    cut = await measure(company, settings, question)
    alone = [await measure(company, settings, Question("change_fail_rate", window=MARCH, filters={"team": name})) for name in teams]
    groups = {group.dimensions["team"]: group for group in cut.groups or []}
    assert [(groups[name].status, groups[name].value) for name in teams] == [(found.status, found.value) for found in alone]
    assert [found.status for found in alone] == ["ok", "not_enough_data"]


async def test_incidents_are_counted_by_how_surely_they_are_laid(company: Database, settings: Settings) -> None:
    """Named, confirmed by the repair, by time alone, and not at all: the counts add up to the incidents of the window."""
    await add(company, fact_deployment, [shipped(number, number) for number in range(12)])
    kinds = [("explicit", "high"), ("inferred", "medium"), ("inferred", "low"), ("inferred", "low"), ("none", None)]
    rows = [incident(number, 2, link_kind=kind, link_confidence=sure) for number, (kind, sure) in enumerate(kinds)]
    await add(company, fact_incident, rows)
    found = (await measure(company, settings, Question("change_fail_rate", window=MARCH))).document()
    assert found["attribution"] == {"explicit": 1, "repair": 1, "window": 2, "unattributed": 1}


async def test_a_cut_by_team_warns_when_most_authors_have_none(company: Database, settings: Settings) -> None:
    """The numbers stand, with a word on how few people are mapped and what to do."""
    await add(company, fact_pull_request, [merged(number, 1, team="web" if number < 4 else None) for number in range(12)])
    found = await measure(company, settings, Question("pr_throughput", window=MARCH, group_by=["team"]))
    assert (found.status, found.value) == ("ok", 12)
    said = "only 4 of 12 pull requests belong to a team (50 % are asked for)"
    assert found.warnings == [f"thin_evidence: {said}; add their authors to teams[].members of pulse.yaml, or accept the proposed mapping."]
