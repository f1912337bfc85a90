"""What the demo company would write into its pulse.yaml, and the settings that lead to its stand-ins."""

from datetime import date

from pydantic import SecretStr

from etl.demo.company.staff import MEMBERSHIPS, ORG, PEOPLE, REPOSITORIES, TEAMS
from store.config import (
    IncidentFields,
    Incidents,
    Jira,
    JiraFields,
    Membership,
    PersonEntry,
    PulseConfig,
    Service,
    ServiceRepository,
    StatusMapping,
    Team,
)
from store.settings import Settings

_INCIDENT_FIELDS = IncidentFields(
    impact_start="Impact start", impact_end="Impact end", service="Affected service", cause="Root cause", severity="Severity"
)


def demo_config(on: date) -> PulseConfig:
    """Teams with everybody's history up to that day, services with their owners, and how Jira is read."""
    known = {person.key: person.email for person in PEOPLE.values() if person.kind == "human"}
    return PulseConfig(
        teams=[_team(key, on) for key in TEAMS],
        people=[_person(key) for key in known],
        bots=["acme-ci"],
        services=[
            Service(key=repository.name, name=repository.name, team=repository.team, repositories=[ServiceRepository(name=f"{ORG}/{name}")])
            for name, repository in REPOSITORIES.items()
            if repository.is_service
        ],
        incidents=Incidents(fields=_INCIDENT_FIELDS),
        jira=Jira(
            fields=JiraFields(target_date=["Due date"]), statuses={"In Review": StatusMapping(category="in_progress", kind="waiting")}
        ),
    )


def _team(key: str, on: date) -> Team:
    team = TEAMS[key]
    stays = [
        Membership.model_validate({"person": PEOPLE[stay.person].email, "from": stay.start, "to": stay.end, "allocation": stay.allocation})
        for stay in MEMBERSHIPS
        if stay.team == key and stay.start <= on
    ]
    return Team(key=key, name=team.name, github_teams=[f"{ORG}/{key}"], jira_projects=[team.project], boards=[team.board], members=stays)


def _person(key: str) -> PersonEntry:
    person = PEOPLE[key]
    account = [person.account_id] if person.account_id else []
    return PersonEntry(person=person.email, name=person.name, github=[person.login], jira=account, git=list(person.git_emails))


def demo_settings(settings: Settings, base: str, on: date) -> Settings:
    """Settings that lead to the stand-ins at `base`; a pulse.yaml of the operator's own wins over the demo's."""
    made = settings.model_copy(
        update={
            "github_api_url": f"{base}/github",
            "github_token": SecretStr("demo"),
            "github_org": [ORG],
            "jira_base_url": f"{base}/jira",
            "jira_email": "demo@acme-shop.example",
            "jira_api_token": SecretStr("demo"),
            "jira_projects": [],
        }
    )
    made = made.alone()
    return made.with_config(demo_config(on)) if settings.pulse == PulseConfig() else made
