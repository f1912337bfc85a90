"""How fast questions are answered over facts of a large organisation (tenth of the size without `--scale full`)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import text

from benchmarks.goal import Bench, Goal, Measured, median_ms
from servers.metrics.catalogue import CATALOGUE
from servers.metrics.engine import measure
from servers.metrics.question import Question
from servers.metrics.report import DORA_FIVE

NOW = datetime(2026, 11, 20, tzinfo=UTC)
PULL_REQUESTS, DEPLOYMENTS, INCIDENTS, ISSUES = 1_000_000, 200_000, 10_000, 600_000
"""Rows at full size: three years, a thousand repositories, forty teams."""

DORA = Goal("Q1", "the DORA five, 90 days, all teams", 25, "ms", peers="DuckDB raw 38.5 · DevLake 151")
YEARS = Goal("Q2", "frequency and lead time, three years, weekly by team", 250, "ms", peers="DuckDB raw 420")
SLOWEST = Goal("Q4", "slowest metric over 90 days", 1_000, "ms", peers="DevLake 61,000")
TYPICAL = Goal("Q4", "all metrics over 90 days, 95th percentile", 250, "ms")
CYCLE = Goal("Q5", "issue cycle time, 90 days", 10, "ms", peers="DuckDB raw 51")
CYCLE_YEARS = Goal("Q5", "issue cycle time, three years weekly", 250, "ms", peers="DuckDB raw 207")

FILL = """
insert into fact_deployment (id, service, owner_team, repo, environment, source, kind, finished_at, started_at, pr_count, failed, incidents,
  recovered_at, recovery_from_at, incident_started_at)
select 'd' || n, 'service-' || n % 1000, 'team-' || n % 40, 'acme/repo-' || n % 1000, 'production', 'github_deployments',
  case when n % 29 = 0 then 'hotfix' else 'change' end, t, t - interval '5 minutes', 5, n % 20 = 0, (n % 20 = 0)::int,
  case when n % 20 = 0 then t + n % 7 * interval '1 hour' end, case when n % 20 = 0 then t end, case when n % 20 = 0 then t end
from generate_series(1, :deployments) n, lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :deployments) as t) x;
insert into fact_change (id, pr_id, deployment_id, service, owner_team, team, repo, environment, kind, author_type, size_bucket,
  first_commit_at, created_at, merged_at, deployed_at)
select 'c' || n, 'p' || n, 'd' || 1 + n % :deployments, 'service-' || n % 1000, 'team-' || n % 40, 'team-' || n % 40, 'acme/repo-' || n % 1000,
  'production', 'change', 'human', 'M', t - n % 97 * interval '1 hour', t - interval '40 hours', t - interval '2 hours', t
from generate_series(1, :pull_requests) n, lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :pull_requests) as t) x;
insert into fact_pull_request (id, repo, service, owner_team, team, number, title, state, author_id, author_type, size_bucket, size_lines,
  created_at, first_commit_at, ready_at, first_review_at, merged_at, closed_at, deployed_at, review_rounds, reviews,
  reviewed_before_merge, changed_files)
select 'p' || n, 'acme/repo-' || n % 1000, 'service-' || n % 1000, 'team-' || n % 40, 'team-' || n % 40, n, 'Change ' || n, 'merged',
  'u' || n % 400, 'human', 'M', n % 800, t - interval '40 hours',
  t - n % 97 * interval '1 hour', t - interval '39 hours', t - interval '20 hours', t - interval '2 hours',
  t - interval '2 hours', t, 1 + n % 3, 1 + n % 4, true, 5
from generate_series(1, :pull_requests) n, lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :pull_requests) as t) x;
insert into fact_incident (id, issue_id, issue_key, title, service, owner_team, team, severity, started_at, resolved_at, link_kind)
select 'i' || n, 'j' || n, 'OPS-' || n, 'Incident', 'service-' || n % 1000, 'team-' || n % 40, 'team-' || n % 40, 'sev2', t,
  t + n % 9 * interval '1 hour', 'none'
from generate_series(1, :incidents) n, lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :incidents) as t) x;
insert into fact_issue (id, key, title, project, team, issue_type, level, work_class, priority, status, category, points, created_at, start_at,
  first_done_at, done_at, reopened_count, active_hours, waiting_hours, has_history)
select 'j' || n, 'P' || n % 40 || '-' || n, 'Story', 'P' || n % 40, 'team-' || n % 40, 'Story', 'item', 'feature', 'High', 'Done', 'done', 3,
  t - interval '9 days', t - n % 11 * interval '13 hours', t, t, 0, 20, 30, true
from generate_series(1, :issues) n, lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :issues) as t) x;
insert into fact_issue_state (issue_id, from_at, to_at, category, kind, status)
select 'j' || n, t - 9 * interval '1 day' + step * interval '25 hours',
  case when step < 7 then t - 9 * interval '1 day' + (step + 1) * interval '25 hours' end,
  case step when 0 then 'todo' when 7 then 'done' else 'in_progress' end, case when step % 2 = 0 then 'active' else 'waiting' end, 'S' || step
from generate_series(1, :issues) n, generate_series(0, 7) step,
  lateral (select cast(:now as timestamptz) - n * (interval '1096 days' / :issues) as t) x;
insert into checkpoint (site, entity, scope, covered_from_at, complete_to_at, updated_at)
select split_part(entity, '.', 1), entity, 'acme', cast(:now as timestamptz) - interval '1096 days', cast(:now as timestamptz), now()
from unnest(array['github.pull_requests', 'github.deployments', 'jira.issues', 'github.issues']) entity
"""


@dataclass(frozen=True)
class Asked:
    """One or more questions timed together."""

    goal: Goal
    questions: tuple[Question, ...]


def asked() -> list[Asked]:
    """The timed questions."""
    quarter, years = "last_90_days", "2023-11-20..2026-11-19"
    return [
        Asked(DORA, tuple(Question(metric, quarter, grain="total") for metric in DORA_FIVE)),
        Asked(YEARS, tuple(Question(metric, years, grain="week", group_by=("team",)) for metric in DORA_FIVE[:2])),
        Asked(CYCLE, (Question("issue_cycle_time", quarter, grain="total"),)),
        Asked(CYCLE_YEARS, (Question("issue_cycle_time", years, grain="week"),)),
    ]


async def fill(bench: Bench) -> None:
    """Generate the facts inside the database."""
    sizes = {"deployments": DEPLOYMENTS, "pull_requests": PULL_REQUESTS, "incidents": INCIDENTS, "issues": ISSUES}
    values = {name: int(rows * bench.factor) for name, rows in sizes.items()} | {"now": NOW}
    for statement in FILL.strip().split(";\n"):
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        async with bench.db.begin() as connection:
            await connection.execute(text(statement), wanted)
    async with bench.db.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("vacuum analyze"))


async def run(bench: Bench) -> AsyncIterator[Measured]:
    """The goals' questions, then every metric of the catalogue once."""
    await fill(bench)
    settings = bench.settings.model_copy(update={"pulse_now": NOW})
    for item in asked():

        async def answer(questions: tuple[Question, ...] = item.questions) -> None:
            for question in questions:
                await measure(bench.db, settings, question)

        yield Measured(item.goal, await median_ms(answer, rounds=5))
    times = {}
    for name in CATALOGUE:
        times[name] = await median_ms(
            lambda name=name: measure(bench.db, settings, Question(name, "last_90_days", grain="total")), rounds=3
        )  # type: ignore[misc]
    ordered = sorted(times, key=lambda name: times[name])
    yield Measured(SLOWEST, times[ordered[-1]], f"({ordered[-1]})")
    yield Measured(TYPICAL, times[ordered[int(len(ordered) * 0.95)]])
