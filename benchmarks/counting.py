"""What syncs cost the sources: requests and points, at stand-ins in this process (goals E1 to E6)."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.routing import Mount

from benchmarks.enlarging import many_repositories, part_of
from benchmarks.goal import Bench, Goal, Measured
from benchmarks.upstream import Exchangeable, served
from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from etl.demo.github.app import Behaviour
from etl.demo.github.app import make_app as make_github
from etl.demo.jira.app import make_app as make_jira
from etl.entity import Source
from etl.progress import SyncResult, Totals
from etl.sync import sync
from store.database import Database
from store.settings import Settings
from store.tables import metadata

NOW = datetime(2026, 11, 20, tzinfo=UTC)
REQUESTS = Goal("E1", "GraphQL requests for 1,000 pull requests with commits and reviews", 11, "", peers="100 (DevLake), 1,264, 2,010")
POINTS = Goal("E1", "GraphQL points for the same", 22, "", peers="100 (DevLake)")
NARROW = Goal("E2", "requests for 1,000 where a page may hold 25", 45, "", peers="fixed page of 100")
WASTED = Goal("E2", "requests wasted on finding that out", 5, "")
LOST = Goal("E2", "pull requests lost by it", 0, "")
ISSUES = Goal("E3", "Jira requests for 1,000 issues with their whole histories", 3.2, "", peers="20 and cut; 1,020")
CHANGED = Goal("E4", "requests for 20 changed pull requests in {count} repositories", 7, "", peers="1,540 to 12,500")
CHANGED_POINTS = Goal("E4", "points for the same", 14, "")
QUIET = Goal("E4", "requests where nothing changed in {count} repositories", 6, "", peers="1,540 to 12,500")
INCREMENTAL = Goal("E5", "Jira requests of an incremental sync", 2, "", peers="1 (histories cut), 4")
REWRITTEN = Goal("E6", "rows written by reading everything again", 0, "", peers="99 % of all")


async def empty(db: Database) -> None:
    """As after the installation."""
    names = ", ".join(f'"{table.name}"' for table in metadata.sorted_tables)
    async with db.begin() as connection:
        await connection.execute(text(f"truncate {names}"))


def both(company: Company, behaviour: Behaviour | None = None) -> Starlette:
    """The stand-ins for a company."""
    return Starlette(routes=[Mount("/github", make_github(company, behaviour)), Mount("/jira", make_jira(company, "http://127.0.0.1"))])


def spent(result: SyncResult, *entities: str) -> tuple[int, int]:
    """Requests and points of a run, or of some of its entities."""
    rows = [row for row in result.entities if not entities or row.entity in entities]
    return sum(row.requests for row in rows), sum(row.points for row in rows)


async def read(bench: Bench, settings: Settings, source: Source, *entities: str, full: bool = False) -> SyncResult:
    """One sync of a source, or of some of its entities, that must succeed."""
    result = await sync(settings, bench.db, sources=[source], only=entities, full=full)
    if result.status != "ok":
        raise RuntimeError(f"the sync ended {result.status}: {result.error}")
    return result


async def pull_requests(bench: Bench, company: Company, settings: Settings) -> AsyncIterator[Measured]:
    """E1 and E2."""
    chosen = part_of(company, 800, "payments-api", "checkout-web")
    pulls = sum(len(found) for found in chosen.pulls.values())
    await empty(bench.db)
    async with served(both(chosen), settings) as leading:
        requests, points = spent(await read(bench, leading, "github"), "github.pull_requests")
    yield Measured(REQUESTS, requests * 1000 / pulls, f"({requests} for {pulls:,})")
    yield Measured(POINTS, points * 1000 / pulls)
    await empty(bench.db)
    async with served(both(chosen, Behaviour(largest_graphql_page=25)), settings) as leading:
        requests, _ = spent(await read(bench, leading, "github"), "github.pull_requests")
    async with bench.db.connect() as connection:
        stored = await connection.scalar(text("select count(*) from pull_request"))
    yield Measured(NARROW, requests * 1000 / pulls, f"({requests} for {pulls:,})")
    yield Measured(WASTED, requests - pulls // 25)
    yield Measured(LOST, pulls - (stored or 0))


async def issues(bench: Bench, company: Company, settings: Settings) -> AsyncIterator[Measured]:
    """E3, E5 and, for Jira, E6."""
    number = sum(len(found) for found in company.issues.values())
    await empty(bench.db)
    async with served(both(company), settings) as leading:
        requests, _ = spent(await read(bench, leading, "jira"), "jira.issues", "jira.changelogs")
        yield Measured(ISSUES, requests * 1000 / number, f"({requests} for {number:,})")
        again, _ = spent(await read(bench, leading, "jira"))
        yield Measured(INCREMENTAL, again)
        yield Measured(REWRITTEN, written((await read(bench, leading, "jira", full=True)).entities), "(Jira)")


def written(entities: Iterable[Totals]) -> int:
    """Records that a run changed."""
    return sum(row.inserted + row.updated + row.deleted for row in entities)


async def many(bench: Bench, settings: Settings) -> AsyncIterator[Measured]:
    """E4: many repositories of which few changed."""
    count = int(500 * bench.factor)
    company = many_repositories(NOW, count, 3)
    await empty(bench.db)
    door = Exchangeable(both(company))
    async with served(door, settings) as leading:
        await read(bench, leading, "github")
        requests, _ = spent(await read(bench, leading, "github"))
        yield Measured(named(QUIET, count), requests)
        door.app = both(touched(company, 20))
        requests, points = spent(await read(bench, leading, "github"))
        yield Measured(named(CHANGED, count), requests)
        yield Measured(CHANGED_POINTS, points)


def named(goal: Goal, count: int) -> Goal:
    """The goal with the number of repositories that were measured."""
    return replace(goal, what=goal.what.format(count=count))


def touched(company: Company, pulls: int) -> Company:
    """Ten minutes later: in so many repositories the newest pull request got another title."""
    later = company.now + timedelta(minutes=10)
    changed = {name: company.pulls[name] for name in list(company.pulls)[:pulls]}
    renamed = {
        name: (*found[:-1], replace(found[-1], title="Renamed", updated_at=later - timedelta(minutes=5))) for name, found in changed.items()
    }
    return replace(company, now=later, pulls={**company.pulls, **renamed})


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """Each at a company that shows it."""
    settings = bench.settings.model_copy(update={"pulse_now": NOW})
    company = build_company(NOW)
    for part in (pull_requests(bench, company, settings), issues(bench, company, settings), many(bench, settings)):
        async for line in part:
            yield line
