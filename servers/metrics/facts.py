"""What metrics may read: the fact tables, their dimensions, and which rows count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from servers.metrics.effort import COST, EFFORT, STEM, UNTRACKED
from store.tables.base import metadata
from store.tables.facts import fact_epic_item, fact_issue

HUMAN = "(:include_bots or f.author_type is distinct from 'bot')"
"""Bots are left out of pull request, review and contributor metrics unless asked for."""
ITEM = "f.level = 'item'"
LISTS = frozenset({"label", "component"})
"""Dimensions of which one entity may have several members; a total still counts it once."""
TEAMS = frozenset({"team", "owner_team"})
"""Dimensions in which a parent stands for all its descendants."""


def folded_sql(column: str) -> str:
    """SQL for a name as it is compared: without case, blanks, hyphens and underscores."""
    return f"translate(lower({column}), ' -_', '')"


@dataclass(frozen=True)
class Sizes:
    """How large the rows are: columns of points by the name under which fragments see them (`f.w0`), 1 each where items are counted instead.

    `estimated`: whether a row has an estimate; `scale`: points of rows that differ in it are never added (teams estimate each in their own way).
    """

    columns: Mapping[str, str]
    estimated: str
    scale: str
    counted: str = "true"
    """Which rows decide between points and items."""


@dataclass(frozen=True)
class Fact:
    """Rows to measure.

    `relation` is a table or a select in parentheses, seen as `f`; `id` and `key` name the entity (`key` is what people call it);
    `dimensions` give the column of each dimension; `once` lists those over which one entity has several rows.
    """

    name: str
    relation: str
    dimensions: Mapping[str, str]
    where: str = "true"
    id: str = "f.id"
    key: str = "f.id"
    listed: str = "f.id"
    """What stands in lists of ids."""
    title: str = "f.title"
    url: str = "f.url"
    size: str = ""
    """SQL of how large an entity is, in few classes; empty where that means nothing."""
    state: str = "null::text"
    """What tells records apart in a chart: how severe, or how far on its way at the instant `f._at`."""
    once: frozenset[str] = field(default_factory=frozenset)
    records: str = "true"
    """Which rows are records to show; the others only make up a denominator."""
    sizes: Sizes | None = None
    selected: tuple[str, ...] = ()
    """The columns of a relation that is a select, so that only those that a question names are read."""
    stem: str = ""
    """How that select begins after `with`, where it makes its rows with some effort: a statement makes them once."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the relation."""
        return tuple(metadata.tables[self.relation].columns.keys()) if self.stored else self.selected

    @property
    def stored(self) -> bool:
        """Whether the relation is a table."""
        return self.relation in metadata.tables


_DD = {"service": "f.service", "repo": "f.repo", "environment": "f.environment", "kind": "f.kind", "source": "f.source"}
_DG = {
    "team": "f.team",
    "repo": "f.repo",
    "service": "f.service",
    "author_type": "f.author_type",
    "ai_level": "f.ai_level",
    "size_bucket": "f.size_bucket",
    "base_branch": "f.base_branch",
    "label": "f.labels",
}
_DI = {
    "team": "f.team",
    "project": "f.project",
    "issue_type": "f.issue_type",
    "work_class": "f.work_class",
    "priority": "f.priority",
    "epic": "f.epic",
    "component": "f.components",
    "label": "f.labels",
}
_BATCH = "case when f.pr_count > 10 then 'over 10 changes' when f.pr_count > 1 then '2 to 10 changes' when f.pr_count = 1 then '1 change' else 'none' end"
_POINTS = "case when f.points is null then 'no estimate' when f.points > 5 then 'large' when f.points > 2 then 'medium' else 'small' end"
DD = ("service", "team", "repo", "environment", "kind", "source")
DG = ("team", "repo", "service", "author_type", "ai_level", "size_bucket", "base_branch", "label")
DI = tuple(_DI)
DINC = ("service", "team", "severity", "cause", "link_kind")
_DP = {name: f"f.{name}" for name in ("team", "project", "epic", "initiative", "work_class")}
DP = tuple(_DP)
DS = ("team", "board", "sprint", "project")
DGD = (*DG, "owner_team", "environment", "kind", "source")
"""Dimensions of changes: `team` is the author's, `owner_team` the service's."""

deployment = Fact(
    "deployment",
    "fact_deployment",
    {**_DD, "team": "f.owner_team", "owner_team": "f.owner_team"},
    size=_BATCH,
    state="f.severity",
)
failure = replace(deployment, name="failure", dimensions={**deployment.dimensions, "severity": "f.severity"})
"""Deployments seen as what went wrong with them: only a failed one has a severity, so no rate divides by rows of one."""
deployment_row = Fact("deployment_row", "fact_deployment_row", {**_DD, "team": "f.owner_team", "kind": "null::text"}, title="f.status")
change = Fact(
    "change",
    "fact_change",
    {**_DG, "owner_team": "f.owner_team", "environment": "f.environment", "kind": "f.kind", "source": "f.source"},
    where=f"{HUMAN} and f.kind is distinct from 'rollback'",
    key="coalesce('#' || f.number, left(f.sha, 12))",
    size="coalesce(f.size_bucket, 'unknown')",
    once=frozenset({"service", "owner_team", "environment", "kind", "source"}),
)
pull_request = Fact(
    "pull_request",
    "fact_pull_request",
    {**_DG, "owner_team": "f.owner_team", "work_class": "f.work_class"},
    where=f"{HUMAN} and not f.is_promotion",
    key="coalesce('#' || f.number, f.id)",
    size="coalesce(f.size_bucket, 'unknown')",
    state="case when f.last_approval_at <= f._at then 'approved' when f.first_review_at <= f._at then 'in review' else 'waiting for a review' end",
)
_PROJECT = (
    "coalesce((select min(i.project) from issue_pr l join fact_issue i on i.id = l.issue_id where l.pr_id = f.id), "
    "(select min(own.project) from team t cross join lateral unnest(t.jira_projects) own(project) where t.key = f.team having count(*) = 1))"
)
traced = replace(pull_request, name="traced", dimensions={**pull_request.dimensions, "project": _PROJECT})
"""Pull requests by the project of an issue that they name, else by the only project of their author's team."""
incident = Fact(
    "incident",
    "fact_incident",
    {
        "service": "f.service",
        "team": "coalesce(f.team, f.owner_team)",
        "severity": "f.severity",
        "cause": "f.cause",
        "link_kind": "f.link_kind",
    },
    key="coalesce(f.issue_key, f.id)",
    state="f.severity",
)
issue = Fact("issue", "fact_issue", _DI, where=ITEM, key="f.key", listed="f.key", size=_POINTS)
_NAMED = f"{folded_sql('d.service_name')} in ({folded_sql('s.key')}, {folded_sql('s.name')})"
_SERVICE = f"""coalesce(
  (select min(s.key) from issue d join service s on {_NAMED} where d.id = f.id and d.service_name <> ''),
  (select min(s.key) from service s where {folded_sql("s.key")} in (select {folded_sql("c")} from unnest(f.components) c) having count(*) = 1),
  (select min(s.key) from service s join team t on t.id = s.owner_team_id where t.key = f.team
    and not exists (select from issue d where d.id = f.id and d.service_name <> '') having count(*) = 1))"""
defect = replace(issue, name="defect", dimensions={**_DI, "service": _SERVICE})
"""Issues by the service that they name, else by the one among their components, else by the only one of their team."""
issue_state = Fact(
    "issue_state",
    "(select i.*, s.from_at, s.to_at, s.category as spell_category, s.kind as spell_kind, s.status as spell_status"
    " from fact_issue_state s join fact_issue i on i.id = s.issue_id)",
    _DI | {"status": "f.spell_status"},
    where=f"{ITEM} and not f.cancelled and f.spell_category = 'in_progress'",
    key="f.key",
    listed="f.key",
    size=_POINTS,
    state="f.spell_status",
    selected=(*fact_issue.c.keys(), "from_at", "to_at", "spell_category", "spell_kind", "spell_status"),
)
issue_event = Fact(
    "issue_event",
    "(select i.*, 1 as change, 'created' as event, i.created_at as event_at from fact_issue i"
    " union all select i.*, -1, 'done', i.done_at from fact_issue i where i.done_at is not null and not i.cancelled"
    " union all select i.*, -1, 'cancelled', i.cancelled_at from fact_issue i where i.cancelled and i.cancelled_at is not null)",
    _DI,
    where=ITEM,
    key="f.key",
    listed="f.key",
    selected=(*fact_issue.c.keys(), "change", "event", "event_at"),
)
sprint = Fact(
    "sprint",
    "fact_sprint",
    {"team": "f.team", "board": "f.board", "sprint": "f.name", "project": "f.project"},
    key="f.name",
    listed="f.name",
    title="f.name",
    url="null::text",
)
sprint_issue = Fact(
    "sprint_issue",
    "fact_sprint_issue",
    {name: f"f.{name}" for name in DS},
    key="f.key",
    listed="f.key",
    sizes=Sizes(
        {"w0": "f.start_points", "w1": "f.end_points"},
        estimated="(f.start_points is not null or f.end_points is not null)",
        scale="coalesce(f.team, f.board)",
    ),
)
epic_item = Fact(
    "epic_item",
    "(select i.*, e.done_at as epic_done_at, e.cancelled as epic_cancelled, s.* from fact_epic_item i join fact_epic e on e.id = i.epic_id"
    " cross join lateral (select coalesce(cast(:baseline_at as timestamptz), e.baseline_at) as baseline_at) b cross join lateral ("
    "select false as is_baseline, i.joined_at as since_at, i.left_at as until_at, b.baseline_at union all "
    "select true, b.baseline_at, null, b.baseline_at where i.joined_at <= b.baseline_at and (i.left_at is null or i.left_at > b.baseline_at)) s)",
    _DP,
    where="not f.epic_cancelled",
    key="f.key",
    listed="f.key",
    sizes=Sizes({"w": "f.points"}, estimated="f.points is not null", scale="coalesce(f.item_team, f.project)", counted="not f.is_baseline"),
    records="not f.is_baseline",
    selected=(*fact_epic_item.c.keys(), "epic_done_at", "epic_cancelled", "is_baseline", "since_at", "until_at", "baseline_at"),
)
"""Items of epics as they stand, and once more as they stood at the baseline."""
epic = Fact("epic", "fact_epic", {**_DP, "epic": "f.key"}, where="not f.cancelled", key="f.key", listed="f.key")
milestone = Fact("milestone", "fact_milestone", _DP, key="f.key", listed="f.key")


MEMBER_DAYS = """(
  select m.person_id, t.key as team, case when m.is_primary or m.source <> 'github' then coalesce(m.allocation, 1) else 0 end as allocation, m.is_primary,
    b.starts at time zone cast(:tz as text) as at, extract(epoch from b.ends - b.starts)::float8 / 604800 as weeks
  from team_member m join team t on t.id = m.team_id join person p on p.id = m.person_id and p.author_type = 'human'
  cross join lateral (
    select greatest(m.valid_from, cast(:span_from as timestamptz)) at time zone cast(:tz as text) as first,
      least(coalesce(m.valid_to, 'infinity'), cast(:span_to as timestamptz)) at time zone cast(:tz as text) as last) s
  cross join lateral generate_series(date_trunc('day', s.first), s.last, interval '1 day') d(day)
  cross join lateral (select greatest(d.day, s.first) as starts, least(d.day + interval '1 day', s.last) as ends) b
  where b.ends > b.starts)"""
"""One row per person, team and day of membership; GitHub tells no allocation, so there only the primary team counts."""
engineering = Fact(
    "engineering",
    "(select p.id, p.number, p.title, p.url, p.team, p.merged_at as at, 1 as merged, 0.0 as weeks, null as person_id from fact_pull_request p"
    " where (:include_bots or p.author_type is distinct from 'bot') and not p.is_promotion"
    f" union all select '', null, null, null, m.team, m.at, 0, m.allocation * m.weeks, m.person_id from {MEMBER_DAYS} m where m.allocation > 0)",
    {"team": "f.team"},
    key="coalesce('#' || f.number, f.id)",
    records="f.merged = 1",
    selected=("id", "number", "title", "url", "team", "at", "merged", "weeks", "person_id"),
)
"""Merged pull requests and the weeks that people belonged to teams, side by side."""
review_load = Fact(
    "review_load",
    "(select a.id, a.person_id, a.pr_id, a.number, a.title, a.url, a.repo, a.team, a.at from fact_activity a where a.kind = 'review'"
    " union all select p.id, p.author_person_id, null, null, null, null, p.repo, p.team, p.merged_at from fact_pull_request p"
    " where p.author_type = 'human' and p.merged_at is not null"
    f" union all select '', m.person_id, null, null, null, null, null, m.team, m.at from {MEMBER_DAYS} m where m.is_primary)",
    {"team": "f.team", "repo": "f.repo"},
    key="coalesce('#' || f.number, f.id)",
    records="f.pr_id is not null",
    selected=("id", "person_id", "pr_id", "number", "title", "url", "repo", "team", "at"),
)
"""Reviews of others' pull requests; members of teams and authors stand beside them, so that those who reviewed nothing count too."""
commits = Fact(
    "commits",
    "fact_activity",
    {"repo": "f.repo", "service": "f.service"},
    where="f.kind = 'commit'",
    key="left(split_part(f.id, ' ', 3), 12)",
)

_OF_DAY = ("id", "at", "day", "effort_days", "key", "title", "url", "project", "epic", "initiative", "work_class")
effort = Fact("effort", EFFORT, _DP, key="f.key", listed="f.key", selected=(*_OF_DAY, "person_id", "unplanned", "team"), stem=STEM)
untracked = Fact("untracked", UNTRACKED, {"team": "f.team"})
effort_cost = Fact(
    "effort_cost",
    COST,
    _DP | {"team": "f.person_team", "work_class": "case when f.tracked then f.work_class else '(untracked)' end"},
    key="f.key",
    records="f.tracked",
    selected=(*_OF_DAY, "tracked", "person_team", "currency", "cost"),
    stem=STEM,
)
"""What each person's day cost: the team of the person pays it, whatever it was spent on."""
code_activity = Fact(
    "code_activity",
    "fact_activity",
    {"team": "f.team"},
    where="f.kind in ('push', 'review')",
    key="coalesce('#' || f.number, left(split_part(f.id, ' ', 3), 12))",
)


def open_after(instant: str) -> str:
    """SQL: the pull request was neither merged nor closed at an instant; written so that the index on merged_at finds the few."""
    return f"(f.merged_at > {instant} or (f.merged_at is null and (f.closed_at is null or f.closed_at > {instant})))"


_ALL = (
    deployment, failure, deployment_row, change, pull_request, traced, incident, issue, defect, issue_state, issue_event, sprint,
    sprint_issue, epic_item, epic, milestone, engineering, review_load, commits, effort, untracked, effort_cost, code_activity,
)  # fmt: skip
FACTS = {fact.name: fact for fact in _ALL}
