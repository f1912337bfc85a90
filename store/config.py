"""What `pulse.yaml` may say. Unknown keys are errors that name the key; nothing here is a secret."""

import re
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from croniter import croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from store.errors import ConfigurationError

DEFAULT_SYNC = "*/15 * * * *"
DEFAULT_PRODUCTION_PATTERN = r"^(prod|production|live)([-_/ ].*)?$"
DeploymentSource = Literal["auto", "github_deployments", "workflow_runs", "releases", "tags", "merges", "api"]


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


CRON_FIELDS = 5
Names = Annotated[list[str], BeforeValidator(_as_list)]


def is_cron(value: str) -> bool:
    """Whether it is a cron expression of five fields that some day meets."""
    return len(value.split()) == CRON_FIELDS and croniter.is_valid(value, strict=True)


def _checked_cron(value: str) -> str:
    if not is_cron(value):
        raise ValueError("it is no cron expression such as `*/15 * * * *`, or no day ever meets it")
    return value


Cron = Annotated[str, AfterValidator(_checked_cron)]
"""Minute, hour, day of month, month and day of week, in the organisation's time zone."""


class Section(BaseModel):
    """A part of the file: frozen, and strict about its keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Organisation(Section):
    """Calendar of the whole organisation."""

    timezone: str = "UTC"
    fiscal_year_start_month: int = Field(1, ge=1, le=12)
    holidays: list[date] = []
    working_hours: str = "Mon-Fri 09:00-17:00"


class Membership(Section):
    """One stay of a person in a team, half-open [from, to)."""

    person: str
    from_date: date | None = Field(None, alias="from")
    to_date: date | None = Field(None, alias="to")
    allocation: float = Field(1.0, gt=0, le=1)
    primary: bool = True


class Team(Section):
    """A team and where its work is found."""

    key: str
    name: str | None = None
    parent: str | None = None
    github_teams: Names = []
    jira_projects: Names = []
    boards: list[int] = []
    timezone: str | None = None
    working_hours: str | None = None
    members: list[Membership] = []


class PersonEntry(Section):
    """Accounts that belong to one person: an explicit mapping (R8)."""

    person: str
    name: str | None = None
    github: Names = []
    jira: Names = []
    git: Names = []


class ServiceRepository(Section):
    """A repository of a service, or one folder of it."""

    name: str
    path: str | None = None


class Deployments(Section):
    """Which events are deployments of a service (R1)."""

    source: DeploymentSource = "auto"
    environment: str | None = None
    workflow: str | None = None
    branch: str | None = None
    tag: str | None = None


class Service(Section):
    """Something that is deployed, its owner and its repositories."""

    key: str
    name: str | None = None
    team: str | None = None
    repositories: list[ServiceRepository] = []
    deployments: Deployments = Deployments()


class IncidentFields(Section):
    """Jira fields that describe an incident, by id or name."""

    impact_start: str | None = None
    impact_end: str | None = None
    service: str | None = None
    cause: str | None = None
    severity: str | None = None


class Incidents(Section):
    """Which issues are incidents and how they are laid to deployments (R5, R6)."""

    jira_types: Names = ["Incident", "Outage", "Production Incident"]
    jira_labels: Names = ["incident", "outage", "sev1", "sev2", "postmortem"]
    github_labels: Names = ["incident", "outage", "sev1", "sev2", "postmortem"]
    link_window_days: float = Field(3, ge=0)
    fields: IncidentFields = IncidentFields()
    non_change_causes: Names = ["infrastructure", "third_party", "capacity", "security_external", "not_change_related"]


class JiraFields(Section):
    """Names or ids of Jira fields, tried in order; without an entry the schema decides."""

    story_points: Names = ["Story Points", "Story point estimate"]
    sprint: Names = ["Sprint"]
    epic_link: Names = ["Epic Link"]
    team: Names = ["Team"]
    found_in: Names = ["Found in"]
    original_target: Names = ["Original target"]
    target_date: Names = ["Due date"]
    cod_per_week: Names = ["Cost of delay"]
    initiative: Names = ["Initiative"]


class StatusMapping(Section):
    """How one status is read (R11)."""

    category: Literal["todo", "in_progress", "done"] | None = None
    kind: Literal["active", "waiting"] | None = None


class TypeMapping(Section):
    """How one issue type is read (R12)."""

    work_class: str | None = None
    level: Literal["epic", "item", "subtask"] | None = None


class Jira(Section):
    """How Jira is read."""

    fields: JiraFields = JiraFields()
    statuses: dict[str, StatusMapping] = {}
    types: dict[str, TypeMapping] = {}


class Metrics(Section):
    """Parameters of the definitions; the defaults are those of the catalogue."""

    min_n: int = Field(5, ge=1)
    min_den: int = Field(10, ge=1)
    coalesce_minutes: float = Field(60, ge=0)
    rollout_hours: float = Field(24, ge=0)
    hotfix_max_prs: int = Field(3, ge=0)
    stale_days: float = Field(7, gt=0)
    commitment_grace_hours: float = Field(0, ge=0)
    comments_count_as_review: bool = False
    include_bots: bool = False
    clock: Literal["calendar", "business"] = "calendar"
    band_set: str = "dora_2024"
    production_pattern: str = DEFAULT_PRODUCTION_PATTERN


class BriefingSchedule(Section):
    """When a briefing is made, for whom and how it is sent."""

    cron: Cron
    audience: str = "exec"
    send: str | None = None


class Schedules(Section):
    """Cron expressions of the recurring work; `sync` one for all sources, or one for each of github and jira."""

    sync: Cron | dict[Literal["github", "jira"], Cron] = DEFAULT_SYNC
    reconcile: Cron = "0 3 * * *"
    briefings: list[BriefingSchedule] = []

    def sync_of(self, source: Literal["github", "jira"]) -> str:
        """When a source is read."""
        return self.sync if isinstance(self.sync, str) else self.sync.get(source, DEFAULT_SYNC)


class Backfill(Section):
    """How many days of history the first sync of a source reads; without a number all of it. `pulse sync --full` reads all in any case."""

    github_days: int | None = Field(None, ge=1)
    jira_days: int | None = Field(None, ge=1)

    def days(self, source: Literal["github", "jira"]) -> int | None:
        """Those of a source."""
        return self.github_days if source == "github" else self.jira_days


class Retention(Section):
    """How long operational records are kept, in days; what was synced is never deleted by age, only raw records of what is gone upstream.

    `fact_revisions_days`: how far back a question `as_of` a past day is answered with what was known then.
    """

    run_log_days: int = Field(90, ge=1)
    runs_days: int = Field(400, ge=1)
    log_files_days: int = Field(30, ge=1)
    webhooks_days: int = Field(30, ge=1)
    raw_of_deleted_days: int = Field(400, ge=1)
    fact_revisions_days: int = Field(400, ge=1)


class PulseConfig(Section):
    """The whole of `pulse.yaml`; every key is optional."""

    org: Organisation = Organisation()
    teams: list[Team] = []
    people: list[PersonEntry] = []
    bots: Names = []
    agents: Names = []
    services: list[Service] = []
    incidents: Incidents = Incidents()
    jira: Jira = Jira()
    metrics: Metrics = Metrics()
    schedules: Schedules = Schedules()
    backfill: Backfill = Backfill()
    retention: Retention = Retention()


def folded(name: str) -> str:
    """`name` as it is compared: without case, blanks, hyphens and underscores."""
    return re.sub(r"[\s_-]+", "", name).casefold()


def read_config(path: Path | None) -> PulseConfig:
    """The configuration in `path`, or the defaults without a file.

    Raises:
        ConfigurationError: the file cannot be read, is not YAML, or holds a key or value that Pulse does not know.
    """
    if path is None:
        return PulseConfig()
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return PulseConfig.model_validate(content)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}. Set PULSE_CONFIG or --config to a readable file.") from error
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is not valid YAML: {error}.") from error
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"the key `{place}` is unknown; remove it or see docs/settings.md for the keys."
    return f"`{place}`: {problem['msg']}."
