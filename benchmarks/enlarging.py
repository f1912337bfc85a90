"""Larger companies made of the demo company: copies of its repositories and projects under other names, ids and keys."""

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from etl.demo.company.generate import build_company
from etl.demo.company.jira_model import Board, Issue, Project, Sprint, Version
from etl.demo.company.model import Company, Repository, Workflow

GITHUB_STEP, JIRA_STEP = 100_000, 10_000_000
"""How far the ids of a copy lie behind those of the original; within a repository and a project they are packed closer."""
STEPS: Mapping[type, int] = {Repository: 100, Workflow: 1_000, Issue: 10_000, Project: 100, Board: 100, Sprint: 100, Version: 1_000}
BY_REPOSITORY = ("commits", "branches", "pulls", "deployments", "tags", "releases", "workflows", "runs", "github_issues")


def enlarged(at: datetime, repositories: int, projects: int) -> Company:
    """The demo company as of `at` with so many times its repositories (3,977 pull requests) and its projects (8,997 issues)."""
    company = build_company(at)
    for turn in range(1, repositories):
        company = _with_repositories(company, turn, build_names(company))
    for turn in range(1, projects):
        company = _with_projects(company, turn)
    return company


def part_of(company: Company, pulls: int, *names: str) -> Company:
    """The same company with some of its repositories, and of those the first `pulls` pull requests."""
    parts: dict[str, Any] = {part: {name: getattr(company, part)[name] for name in names} for part in ("repositories", *BY_REPOSITORY)}
    return replace(company, **parts | {"pulls": {name: company.pulls[name][:pulls] for name in names}})


def many_repositories(at: datetime, count: int, pulls: int) -> Company:
    """A company of `count` small repositories with the first `pulls` pull requests of `docs` each."""
    company = part_of(build_company(at), pulls, "docs")
    for turn in range(1, count):
        company = _with_repositories(company, turn, ["docs"])
    return company


def build_names(company: Company) -> list[str]:
    """The repositories that are no copies."""
    return [name for name in company.repositories if not re.search(r"-\d+$", name)]


def _with_repositories(company: Company, turn: int, names: list[str]) -> Company:
    copier = _Copier(turn, GITHUB_STEP, {name: f"{name}-{turn}" for name in names})
    parts: dict[str, Any] = {
        part: {**getattr(company, part), **{copier.names[name]: copier.copied(getattr(company, part)[name]) for name in names}}
        for part in ("repositories", *BY_REPOSITORY)
    }
    return replace(company, **parts)


def _with_projects(company: Company, turn: int) -> Company:
    keys = [key for key in company.projects if len(key) == 3]
    copier = _Copier(turn, JIRA_STEP, {key: f"{key}{chr(64 + turn)}" for key in keys})
    boards = [company.projects[key].board for key in keys]
    by_key: dict[str, Any] = {
        part: {**getattr(company, part), **{copier.names[key]: copier.copied(getattr(company, part)[key]) for key in keys}}
        for part in ("projects", "versions", "issues")
    }
    by_board: dict[str, Any] = {
        part: {**getattr(company, part), **{board + 100 * turn: copier.copied(getattr(company, part)[board]) for board in boards}}
        for part in ("boards", "sprints")
    }
    return replace(company, **by_key, **by_board)


class _Copier:
    """Copies what belongs to some repositories or projects, with ids moved on and names replaced wherever they stand."""

    def __init__(self, turn: int, step: int, names: dict[str, str]) -> None:
        self.turn, self.step, self.names = turn, step, names
        self.word = re.compile(r"\b(" + "|".join(map(re.escape, names)) + r")\b")

    def copied(self, value: Any) -> Any:
        """A copy of anything the company is made of."""
        if isinstance(value, str):
            return self.word.sub(lambda found: self.names[found[1]], value)
        if isinstance(value, tuple):
            return tuple(self.copied(item) for item in value)
        if isinstance(value, Mapping):
            return {key: self.copied(item) for key, item in value.items()}
        if is_dataclass(value) and not isinstance(value, type):
            made = {part.name: self.copied(getattr(value, part.name)) for part in fields(value)}
            return type(value)(**self.moved(type(value), made))
        return value

    def moved(self, kind: type, made: dict[str, Any]) -> dict[str, Any]:
        """The members of a copy with its ids moved on."""
        if isinstance(made.get("id"), int):
            made["id"] += self.turn * STEPS.get(kind, self.step)
        if isinstance(made.get("board"), int):
            made["board"] += self.turn * STEPS[Board]
        if kind is Issue:
            made["sprints"] = tuple(sprint + self.turn * STEPS[Sprint] for sprint in made["sprints"])
            made["fix_versions"] = tuple(version + self.turn * STEPS[Version] for version in made["fix_versions"])
        return made
