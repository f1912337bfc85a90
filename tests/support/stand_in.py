"""The stand-ins for GitHub and Jira on real loopback ports, and settings that lead to them."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from etl.demo.company.model import Company
from etl.demo.github.app import Behaviour
from etl.demo.github.app import make_app as make_github
from etl.demo.jira.app import make_app as make_jira
from etl.demo.manners import Mannered
from store.settings import Settings
from store.tables import metadata

GITHUB_TABLES = [
    *("repository", "pull_request", "pr_event", "pr_file", "review", "commit", "pr_commit", "deployment", "deployment_status"),
    *("release", "workflow_run", "issue", "issue_transition", "identity", "source_team", "source_team_member", "source_team_repository"),
]
JIRA_TABLES = [
    *("issue", "issue_transition", "issue_field_change", "sprint_issue", "issue_link", "worklog", "sprint", "project", "status"),
    *("field", "board", "milestone", "identity"),
]
FACTS = [name for name in metadata.tables if name.startswith("fact_") and name != "fact_revision"]
"""What is derived from the rows; `fact_revision` keeps what facts were before, so it depends on how often they were derived."""
ALL_TABLES = [*dict.fromkeys([*GITHUB_TABLES, *JIRA_TABLES]), *FACTS]
"""What a sync of both sources writes, with the facts made of it."""


@contextlib.asynccontextmanager
async def served(app: ASGIApp) -> AsyncIterator[str]:
    """The address of an application on a free port, for the block."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="critical", lifespan="off", date_header=False, server_header=False, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
        listening.close()


class Slow:
    """A stand-in that takes its time, so that there is some to disturb a sync."""

    def __init__(self, app: ASGIApp, delay_s: float) -> None:
        self.app, self.delay_s = app, delay_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(self.delay_s)
        await self.app(scope, receive, send)


def github_at(settings: Settings, url: str) -> Settings:
    """Settings that lead to a stand-in GitHub."""
    return settings.model_copy(update={"github_api_url": url, "github_org": ["acme-shop"], "github_token": SecretStr("demo-token")})


def jira_at(settings: Settings, url: str) -> Settings:
    """Settings that lead to a stand-in Jira."""
    token = {"jira_email": "pulse@acme.example", "jira_api_token": SecretStr("demo-token")}
    return settings.model_copy(update={"jira_base_url": url, **token})


def with_repositories(company: Company, *names: str) -> Company:
    """The same company with some of its repositories."""
    parts = ("repositories", "commits", "branches", "pulls", "deployments", "tags", "releases", "workflows", "runs", "github_issues")
    return replace(company, **{part: {name: getattr(company, part)[name] for name in names} for part in parts})


def both_sources(company: Company, *, largest_page: int | None = None) -> ASGIApp:
    """Both stand-ins of a company under one address; `largest_page` makes GitHub bear small pages only."""
    jira = Mannered(make_jira(company, "http://stand-in.example/jira"), lambda: company.now)
    return Starlette(routes=[Mount("/github", make_github(company, Behaviour(largest_graphql_page=largest_page))), Mount("/jira", jira)])


def both_at(settings: Settings, url: str) -> Settings:
    """Settings that lead to both stand-ins of an address; of Jira the smallest project."""
    return jira_at(github_at(settings, f"{url}/github"), f"{url}/jira").model_copy(update={"jira_projects": ["DAT"]})


def environment_of(settings: Settings) -> dict[str, str]:
    """The same for another process."""
    given = {
        "GITHUB_API_URL": settings.github_api_url,
        "GITHUB_ORG": ",".join(settings.github_org),
        "GITHUB_TOKEN": "demo-token",
        "JIRA_BASE_URL": settings.jira_base_url or "",
        "JIRA_EMAIL": settings.jira_email or "",
        "JIRA_API_TOKEN": "demo-token",
        "JIRA_PROJECTS": ",".join(settings.jira_projects),
    }
    return given | ({"PULSE_NOW": settings.pulse_now.isoformat()} if settings.pulse_now else {})


def an_hour_later(company: Company) -> Company:
    """Some pull requests and issues have changed meanwhile."""
    now = company.now + timedelta(hours=1)
    at = company.now + timedelta(minutes=30)
    pulls = {name: _renamed(found, at) for name, found in company.pulls.items()}
    issues = {key: _renamed(found, at) for key, found in company.issues.items()}
    return replace(company, now=now, pulls=pulls, issues=issues)


def _renamed(found: Any, at: datetime) -> Any:
    return tuple(
        replace(one, **{_title(one): "Another title"}, updated_at=at) if place % 3 == 0 else one for place, one in enumerate(found)
    )


def _title(one: Any) -> str:
    return "title" if hasattr(one, "title") else "summary"


def tiny(company: Company) -> Company:
    """One repository with forty pull requests, one project with sixty issues."""
    small = with_repositories(company, "docs")
    return replace(small, pulls={"docs": company.pulls["docs"][:40]}, issues={**company.issues, "DAT": company.issues["DAT"][:60]})
