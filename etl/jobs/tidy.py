"""Deletes operational records by age: log lines, old runs, webhooks, finished jobs, log files, and what facts were long ago."""

from sqlalchemy import text

from store.database import Database
from store.logfile import delete_old
from store.queue import Job, JobRun

# The newest successful run of each connection stays whatever its age: it says that the source was read at all.
RUNS = """
delete from sync_run r where r.requested_at < clock_timestamp() - make_interval(days => :runs_days) and r.status not in ('queued', 'running')
  and exists (select from sync_run n where n.source = r.source and n.connection = r.connection and n.requested_at > r.requested_at
    and n.status in ('ok', 'partial'))
"""
# The newest of the old ones stays without its content: it says since when the past is known.
REVISIONS = """
with last as (select max(id) as id from fact_revision where at < clock_timestamp() - make_interval(days => :fact_revisions_days)),
emptied as (update fact_revision r set fact = '', entity = '', row_key = '', before = null from last where r.id = last.id and r.fact <> '')
delete from fact_revision r using last where r.id < last.id
"""
STATEMENTS = {
    "run_log": "delete from run_log where at < clock_timestamp() - make_interval(days => :run_log_days)",
    "sync_run": RUNS,
    "sync_run_entity": "delete from sync_run_entity e where not exists (select from sync_run r where r.id = e.run_id)",
    "webhook_delivery": "delete from webhook_delivery where received_at < clock_timestamp() - make_interval(days => :webhooks_days)",
    "raw_record": "delete from raw_record where deleted_at < clock_timestamp() - make_interval(days => :raw_of_deleted_days)",
    "fact_revision": REVISIONS,
    "jobs": """
delete from jobs.procrastinate_jobs j where j.status in ('succeeded', 'failed', 'cancelled', 'aborted') and not exists (
  select from jobs.procrastinate_events e where e.job_id = j.id and e.at > clock_timestamp() - make_interval(days => :run_log_days))
""",
}


async def tidy(run: JobRun) -> dict[str, int]:
    """Delete what is older than `retention` of pulse.yaml says; returns the rows or files per kind."""
    deleted = await delete_by_age(run.db, run.settings.pulse.retention.model_dump())
    deleted["log_files"] = delete_old(run.settings.pulse_home, run.settings.pulse.retention.log_files_days)
    return deleted


async def delete_by_age(db: Database, days: dict[str, int]) -> dict[str, int]:
    """The rows of each kind that were deleted."""
    deleted = {}
    async with db.begin() as connection:
        for name, statement in STATEMENTS.items():
            named = {key: value for key, value in days.items() if f":{key}" in statement}
            deleted[name] = (await connection.execute(text(statement), named)).rowcount
    return deleted


TIDY = Job("tidy", tidy, queue="etl", schedule="40 4 * * *")
"""Once a night."""
