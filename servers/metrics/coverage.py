"""The trust gate: which span of each source is stored, and whether what a metric needs is set up at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.metric import Source
from servers.metrics.result import Span
from store.settings import Settings

ENTITIES: Mapping[Source, tuple[str, ...]] = {
    "deployments": ("github.deployments", "github.workflow_runs", "github.releases", "github.tags"),
    "pull_requests": ("github.pull_requests",),
    "issues": ("jira.issues", "github.issues"),
    "incidents": ("jira.issues", "github.issues"),
}
"""Which synced entities a source of metrics rests on; any of them is enough."""
_SQL = """
select c.entity, min(c.covered_from_at) filter (where c.complete_to_at is not null) as from_at, c.newest as to_at,
  array_agg(c.named order by c.named) filter (where c.complete_to_at is null or c.complete_to_at < c.newest - interval '1 day') as behind
from (
  select k.*, coalesce(r.full_name, k.scope) as named, max(k.complete_to_at) over (partition by k.entity) as newest
  from checkpoint k left join repository r on r.id = k.scope where r.deleted_at is null) c
where c.newest is not null group by c.entity, c.newest
"""
_SEEN = """
select exists (select 1 from fact_deployment) or exists (select 1 from fact_deployment_row) as deployments,
       exists (select 1 from fact_incident) as incidents,
       least((select min(merged_at) from fact_pull_request), (select min(finished_at) from fact_deployment)) as first_code_at,
       (select min(created_at) from fact_issue) as first_issue_at, (select max(id) from fact_revision) as revision,
       (select min(id) from fact_revision) as kept_from, (select min(at) from fact_revision) as kept_since,
       (select version from derivation_state where id = 'facts') as version
"""
BEHIND = "behind"
"""The code of the warning about repositories that are not read as far as the others."""
NAMED = 3
"""So many of them are named."""
WHOLE_HISTORY = datetime(1970, 1, 2, tzinfo=UTC)
"""A source read from before this was read whole: what is known of it begins with its first record, and nothing before that is a zero."""


@dataclass(frozen=True)
class Coverage:
    """What is stored: a span per entity, and whether any deployment or incident was ever seen."""

    spans: Mapping[str, Span]
    deployments_seen: bool = True
    incidents_seen: bool = True
    incidents_configured: bool = False
    revision: int | None = None
    """The newest change of the facts: the version of the data."""
    kept_from: int | None = None
    """The oldest version that can still be looked up."""
    kept_since: datetime | None = None
    """When that was."""
    version: str | None = None
    """Another one after each refresh, under which answers are remembered; None: nothing is."""
    behind: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Per entity the repositories whose last complete read is missing or a day older than that of the others."""
    pinned: Mapping[Source, Span] | None = None
    """Spans per source that stand instead of the stored ones, for a question that is asked again."""
    said: Sequence[str] | None = None
    """What was said of repositories behind, where the spans are pinned."""

    def of(self, source: Source) -> Span | None:
        """The stored span of what a source rests on; None when nothing of it was ever read."""
        if self.pinned is not None and source in self.pinned:
            return self.pinned[source] if self.pinned[source].to else None
        found = [self.spans[entity] for entity in ENTITIES[source] if entity in self.spans]
        starts, ends = [span.from_ for span in found if span.from_], [span.to for span in found if span.to]
        return Span.model_validate({"from": min(starts, default=None), "to": max(ends)}) if ends else None

    def known_until(self, needs: Sequence[Source], now: datetime) -> datetime:
        """as_of: the earlier of now and the oldest successful sync among the sources used."""
        ends = [span.to for source in needs if (span := self.of(source)) and span.to]
        return min([now, *ends])

    def known_from(self, needs: Sequence[Source]) -> datetime | None:
        """The instant from which all sources used are stored; None when a source is stored without limit or was never read."""
        starts = [span.from_ for source in needs if (span := self.of(source)) and span.from_]
        return max(starts, default=None)

    def missing(self, needs: Sequence[Source]) -> list[Source]:
        """Sources that were never read."""
        return [source for source in needs if self.of(source) is None]

    def by_source(self, needs: Sequence[Source]) -> dict[str, Span]:
        """The spans as the envelope shows them."""
        return {source: self.of(source) or Span.model_validate({}) for source in needs}

    def laggards(self, needs: Sequence[Source], repos: Sequence[str] | None = None) -> list[str]:
        """A warning where what a metric needs is not read to the same day everywhere; `repos` are those asked for, if not all."""
        if self.said is not None:
            return list(self.said)
        late = {
            name
            for source in needs
            for entity in ENTITIES[source]
            for name in self.behind.get(entity, ())
            if repos is None or name in repos
        }
        if not late:
            return []
        named = ", ".join(sorted(late)[:NAMED]) + (f" and {len(late) - NAMED} more" if len(late) > NAMED else "")
        return [f"{BEHIND}: {named}: not read as far as the others, so what happened there lately is missing; see `pulse sync status`."]

    def unconfigured(self, needs: Sequence[Source]) -> str | None:
        """What has to be set before the metric means anything, or None."""
        if "deployments" in needs and not self.deployments_seen:
            return "No production deployment was ever seen; set services[].deployments (source, environment, workflow, tag) in pulse.yaml."
        if "incidents" in needs and not (self.incidents_seen or self.incidents_configured):
            return "No incident was ever seen and no rule is set; set incidents.jira_types, jira_labels or github_labels in pulse.yaml."
        return None


async def read_coverage(connection: AsyncConnection, settings: Settings) -> Coverage:
    """What is stored now."""
    rows = await connection.execute(text(_SQL))
    found = rows.all()
    seen = (await connection.execute(text(_SEEN))).one()
    first = {"jira": seen.first_issue_at, "github": seen.first_code_at}
    behind = {row.entity: row.behind for row in found if row.behind}
    spans = {
        row.entity: Span.model_validate({"from": begun(row.from_at, first.get(row.entity.split(".")[0])), "to": row.to_at}) for row in found
    }
    configured = bool(settings.pulse.incidents.model_fields_set)
    return Coverage(
        spans,
        deployments_seen=seen.deployments,
        incidents_seen=seen.incidents,
        incidents_configured=configured,
        revision=seen.revision,
        kept_from=seen.kept_from,
        kept_since=seen.kept_since,
        version=seen.version,
        behind=behind,
    )


def begun(covered_from: datetime | None, first_record: datetime | None) -> datetime | None:
    """When knowledge of a source begins: with its first record where it was read whole, else where reading began."""
    whole = covered_from is None or covered_from < WHOLE_HISTORY
    return first_record if whole and first_record is not None else covered_from
