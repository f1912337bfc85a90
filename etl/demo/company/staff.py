"""Who works at the demo company, in which team and since when, and the repositories they work in. All names are invented."""

import hashlib
from datetime import date, datetime, timedelta

from etl.demo.company.clock import EPOCH
from etl.demo.company.jira_model import Board, Project
from etl.demo.company.model import Membership, MergeMethod, Person, Repository, Team

ORG = "acme-shop"
DOMAIN = "acme-shop.example"
REORGANISATION = date(2026, 6, 8)
"""The day on which payments lost three senior people to platform and mobile."""
CI = "ci"
DEPENDABOT = "dependabot"
RENOVATE = "renovate"
COPILOT = "copilot"
CLAUDE = "claude"
AI_REVIEWER = "ai-reviewer"

TEAMS = {
    "payments": Team("payments", 9101, "Payments", "PAY", 11),
    "checkout": Team("checkout", 9102, "Checkout", "CHK", 12),
    "platform": Team("platform", 9103, "Platform", "PLT", 13),
    "mobile": Team("mobile", 9104, "Mobile", "MOB", 14),
    "data": Team("data", 9105, "Data", "DAT", 15),
}

_ROSTER: dict[str, list[str]] = {
    "payments": ["Ana Lima", "Bruno Keller", "Chidi Okafor", "Dana Novak", "Emil Strand", "Farah Aziz", "Goran Petrov", "Hana Sato"],
    "checkout": ["Ines Duarte", "Jonas Vogel", "Kofi Mensah", "Lena Fischer", "Marco Conti", "Nadia Rahman", "Oskar Nyberg", "Priya Nair"],
    "platform": ["Quentin Morel", "Rosa Delgado", "Sven Lindholm", "Tara Byrne", "Umar Siddiqui", "Vera Horak", "Wen Zhao"],
    "mobile": ["Xenia Pappas", "Yusuf Demir", "Zoe Laurent", "Arne Dahl", "Bianca Rossi", "Cem Aydin", "Divya Menon"],
    "data": ["Elif Kaya", "Finn O'Dea", "Greta Holm", "Hugo Prieto"],
}
_PRODUCT = {"payments": "Iris Tanaka", "checkout": "Jakub Wolski", "platform": "Karin Berg", "mobile": "Luis Ferrer", "data": "Mona Haddad"}
_JOINERS: list[tuple[str, str, date]] = [
    ("Nils Aaltonen", "checkout", date(2025, 9, 1)),
    ("Olga Marin", "mobile", date(2025, 11, 3)),
    ("Pablo Reyes", "platform", date(2026, 1, 12)),
    ("Rania Saleh", "data", date(2026, 2, 2)),
    ("Stefan Huber", "payments", date(2026, 6, 15)),
    ("Thandi Mokoena", "payments", date(2026, 7, 6)),
    ("Uli Brandt", "checkout", date(2026, 8, 3)),
]
_MOVES: list[tuple[str, str, str, date]] = [
    ("Bruno Keller", "payments", "platform", REORGANISATION),
    ("Dana Novak", "payments", "platform", REORGANISATION),
    ("Emil Strand", "payments", "mobile", REORGANISATION),
    ("Umar Siddiqui", "platform", "payments", REORGANISATION + timedelta(days=7)),
]
_LEAVERS = {"Goran Petrov": date(2026, 9, 1)}
_MACHINES: list[tuple[str, str, str]] = [
    (CI, "acme-ci", "bot"),
    (DEPENDABOT, "dependabot[bot]", "bot"),
    (RENOVATE, "renovate[bot]", "bot"),
    (COPILOT, "copilot-swe-agent[bot]", "agent"),
    (CLAUDE, "claude[bot]", "agent"),
    (AI_REVIEWER, "copilot-pull-request-reviewer[bot]", "bot"),
]


def key_of(name: str) -> str:
    """`Finn O'Dea` → `finn.odea`."""
    return name.lower().replace("'", "").replace(" ", ".")


def _person(index: int, name: str, joined: date, left: date | None = None) -> Person:
    key = key_of(name)
    first, last = key.split(".")
    number = 70_100_000 + 137 * index
    login = f"{first[0]}{last}" if index % 3 else f"{first}-{last}"
    email = f"{key}@{DOMAIN}"
    alternative = f"{number}+{login}@users.noreply.github.com" if index % 2 else f"{first}@home.example"
    emails = (alternative, email) if index % 4 == 1 else (email, alternative)
    account = f"7120{index:02d}:{hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()}"
    return Person(key, number, name, "human", login, email, emails, account, joined, left)


def _machine(index: int, key: str, login: str, kind: str) -> Person:
    number = 49_000_000 + 911 * index
    email = f"{number}+{login}@users.noreply.github.com"
    return Person(
        key, number, login.removesuffix("[bot]"), "agent" if kind == "agent" else "bot", login, email, (email,), None, EPOCH.date()
    )


def _everybody() -> dict[str, Person]:
    start = EPOCH.date()
    hired = [(name, start) for names in _ROSTER.values() for name in names]
    hired += [(name, start) for name in _PRODUCT.values()] + [(name, day) for name, _, day in _JOINERS]
    humans = [_person(index, name, day, _LEAVERS.get(name)) for index, (name, day) in enumerate(hired)]
    machines = [_machine(index, *machine) for index, machine in enumerate(_MACHINES)]
    return {person.key: person for person in [*humans, *machines]}


def _memberships() -> tuple[Membership, ...]:
    moved = {name: day for name, _, _, day in _MOVES} | _LEAVERS
    stays = [Membership(key_of(name), team, EPOCH.date(), moved.get(name)) for team, names in _ROSTER.items() for name in names]
    stays += [Membership(key_of(name), team, day, moved.get(name)) for name, team, day in _JOINERS]
    stays += [Membership(key_of(name), team, day) for name, _, team, day in _MOVES]
    return tuple(stays)


PEOPLE = _everybody()
MEMBERSHIPS = _memberships()
PRODUCT = {team: key_of(name) for team, name in _PRODUCT.items()}
LEADS = {team: key_of(names[0]) for team, names in _ROSTER.items()}


def crew(team: str, on: date) -> list[str]:
    """Who writes code in `team` on that day."""
    return [stay.person for stay in MEMBERSHIPS if stay.team == team and stay.start <= on and (stay.end is None or on < stay.end)]


def _repository(index: int, name: str, team: str, method: MergeMethod, language: str, about: str, *, service: bool = True) -> Repository:
    created: datetime = EPOCH - timedelta(days=400 - 30 * index, hours=3)
    branch = "develop" if name == "data-pipeline" else "main"
    return Repository(
        610_000 + index, name, about, team, created, method, "main", branch, service, language=language, private=name != "docs"
    )


REPOSITORIES = {
    repository.name: repository
    for repository in [
        _repository(1, "payments-api", "payments", "squash", "Python", "Takes the money: cards, payouts, refunds"),
        _repository(2, "checkout-web", "checkout", "merge", "TypeScript", "Cart and checkout in the browser"),
        _repository(3, "platform-core", "platform", "squash", "Go", "Identity, messaging and the service runtime"),
        _repository(4, "mobile-app", "mobile", "squash", "Kotlin", "The shop for iOS and Android"),
        _repository(5, "data-pipeline", "data", "merge", "Python", "Events to warehouse"),
        _repository(6, "infra", "platform", "merge", "HCL", "Terraform and clusters", service=False),
        _repository(7, "docs", "platform", "squash", "Markdown", "Handbook and API guides", service=False),
        _repository(8, "design-system", "checkout", "rebase", "TypeScript", "Buttons, forms and tokens", service=False),
    ]
}
SERVICE_OF = {repository.team: repository.name for repository in REPOSITORIES.values() if repository.is_service}

_COMPONENTS = {
    "payments": ("cards", "payouts", "refunds", "ledger", "fraud"),
    "checkout": ("cart", "shipping", "vouchers", "address", "confirmation"),
    "platform": ("identity", "messaging", "runtime", "observability"),
    "mobile": ("ios", "android", "push", "catalogue", "login"),
    "data": ("ingestion", "warehouse", "reports"),
}
PROJECTS = {
    team.project: Project(10_000 + team.board, team.project, team.name, LEADS[team.key], _COMPONENTS[team.key], team.board)
    for team in TEAMS.values()
}
BOARDS = {team.board: Board(team.board, f"{team.project} board", team.project) for team in TEAMS.values()}
