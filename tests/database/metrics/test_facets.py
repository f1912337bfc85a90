"""Cuts that no column holds: the service of a defect, the project of a pull request, and work that people wrote together."""

from deriving import issue
from measuring import MARCH, add, at, merged
from sqlalchemy import insert, update

from servers.metrics.engine import measure
from servers.metrics.question import Question
from store.database import Database
from store.settings import Settings
from store.tables import code, people, work
from store.tables.facts import fact_issue, fact_pull_request


def groups(found: object) -> dict[str, tuple[object, object]]:
    """Numerator and denominator by member."""
    return {next(iter(group.dimensions.values())): (group.numerator, group.denominator) for group in getattr(found, "groups", None) or []}


async def test_a_defect_belongs_to_the_service_it_names_or_to_the_only_one_that_it_can_be(company: Database, settings: Settings) -> None:
    """Named, among the components, the only one of the team; where two would do it stays unmapped, and nothing is lost."""
    common = {"level": "item", "cancelled": False, "work_class": "defect", "created_at": at(1), "found_in": "production", "labels": []}
    defects = [("K-1", None, []), ("K-2", None, ["Pay API"]), ("K-3", "web", []), ("K-4", "core", [])]
    async with company.begin() as connection:
        await connection.execute(update(code.service).where(code.service.c.key == "shop").values(owner_team_id="team:web"))
        more = [{"id": f"service:c{place}", "key": f"c{place}", "name": "", "owner_team_id": "team:core"} for place in range(2)]
        await connection.execute(insert(code.service), more)
        await connection.execute(insert(work.issue), [issue(key, service_name="SHOP" if key == "K-1" else None) for key, *_ in defects])
    rows = [{"id": key, "key": key, "team": team, "components": parts, **common} for key, team, parts in defects]
    await add(company, fact_issue, rows)
    found = await measure(company, settings, Question("escaped_defect_ratio", window=MARCH, group_by=["service"], params={"min_den": 1}))
    assert groups(found) == {"shop": (2, 2), "pay-api": (1, 1), "(unmapped)": (1, 1)}
    only = Question("escaped_defect_ratio", window=MARCH, filters={"service": "shop"}, params={"min_den": 1})
    assert (await measure(company, settings, only)).denominator == 2


async def test_a_pull_request_belongs_to_the_project_of_its_issue_or_of_its_team(company: Database, settings: Settings) -> None:
    """What names no issue counts against the only project of its team, so that a project's share is not always 100 %."""
    async with company.begin() as connection:
        await connection.execute(update(people.team).where(people.team.c.key == "web").values(jira_projects=["WEB"]))
        await connection.execute(insert(code.issue_pr), [{"issue_id": "A-1", "pr_id": "p1", "link_kind": "key"}])
    await add(company, fact_issue, [{"id": "A-1", "key": "A-1", "project": "A", "level": "item", "cancelled": False, "created_at": at(0)}])
    await add(company, fact_pull_request, [merged(1, 1, team="web", has_issue_link=True), merged(2, 1, team="web", has_issue_link=False)])
    found = await measure(company, settings, Question("work_traceability", window=MARCH, group_by=["project"], params={"min_den": 1}))
    assert groups(found) == {"A": (1, 1), "WEB": (0, 1)}


async def test_unreviewed_work_of_two_people_is_counted_apart(company: Database, settings: Settings) -> None:
    """A person named as co-author saw the change; an AI tool, a bot or nobody did not, and what was reviewed is not counted at all."""
    said = {
        1: "Bo <bo@acme.test>",
        2: "Claude <noreply@anthropic.com>",
        3: "renovate[bot] <bot@acme.test>",
        4: None,
        5: "Bo <bo@acme.test>",
    }
    commits = [
        {
            "repo_id": "r1",
            "sha": f"s{number}",
            "message": f"Change\n\nCo-authored-by: {name}" if name else "Change",
            "parents": [],
            "committed_at": at(1),
        }
        for number, name in said.items()
    ]
    async with company.begin() as connection:
        await connection.execute(insert(code.commit), commits)
        await connection.execute(insert(code.pr_commit), [{"pr_id": f"p{number}", "sha": f"s{number}", "position": 1} for number in said])
    await add(company, fact_pull_request, [merged(number, 1, reviewed_before_merge=number == 5) for number in said])
    found = await measure(company, settings, Question("unreviewed_merge_rate", window=MARCH, params={"min_den": 1}))
    assert (found.numerator, found.denominator, (found.model_extra or {})["paired"]) == (4, 5, 1)
