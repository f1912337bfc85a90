"""The demo company is consistent in itself, and its past does not change."""

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company, PullRequest

pytestmark = pytest.mark.timeout(60)
EARLIER = datetime(2026, 11, 5, 15, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def earlier() -> Company:
    """The same company two weeks before."""
    return build_company(EARLIER)


def instants(value: Any) -> Iterator[datetime]:
    """Every instant anywhere inside."""
    if isinstance(value, datetime):
        yield value
    elif dataclasses.is_dataclass(value):
        for entry in dataclasses.fields(value):
            yield from instants(getattr(value, entry.name))
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from instants(member)
    elif isinstance(value, list | tuple):
        for member in value:
            yield from instants(member)


def settled(pull: PullRequest, at: datetime) -> tuple[Any, ...]:
    """What of a pull request was so at that instant and can never change."""
    reviews = [review for review in pull.reviews if review.submitted_at <= at]
    commits = [commit for commit in pull.commits if commit.committed_at <= at]
    return pull.id, pull.number, pull.title, pull.author, pull.created_at, pull.head_ref, commits, reviews


def test_the_company_is_as_big_as_promised(company: Company) -> None:
    """About 4,000 pull requests and 9,000 issues."""
    assert 3_600 <= sum(map(len, company.pulls.values())) <= 4_400
    assert 8_300 <= sum(map(len, company.issues.values())) <= 9_900


def test_nothing_lies_in_the_future_or_between_two_seconds(earlier: Company) -> None:
    """Sprints and versions have planned ends; everything else that has an instant has happened."""
    shown = (earlier.issues, earlier.pulls, earlier.deployments, earlier.releases, earlier.runs, earlier.github_issues, earlier.commits)
    assert [at for at in instants(shown) if at > EARLIER or at.microsecond] == []


def test_a_later_day_has_the_same_pull_requests_and_more(earlier: Company, company: Company) -> None:
    """Numbers, texts, commits and reviews of the past stay."""
    for repo, pulls in earlier.pulls.items():
        assert [settled(pull, EARLIER) for pull in pulls] == [settled(pull, EARLIER) for pull in company.pulls[repo][: len(pulls)]]
        main = earlier.branches[repo]["main"]
        assert main == company.branches[repo]["main"][: len(main)]
    assert sum(map(len, company.pulls.values())) > sum(map(len, earlier.pulls.values()))


def test_a_later_day_has_the_same_issues_and_more(earlier: Company, company: Company) -> None:
    """Keys, summaries and histories of the past stay."""
    for project, issues in earlier.issues.items():
        for old, new in zip(issues, company.issues[project], strict=False):
            assert (old.key, old.summary, old.changes) == (new.key, new.summary, new.changes[: len(old.changes)])


def test_the_same_seed_gives_the_same_company(earlier: Company) -> None:
    """No die is thrown that is not seeded."""
    assert build_company(EARLIER).issues == earlier.issues


@pytest.mark.parametrize(
    "now", [datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 5, 6, 12, tzinfo=UTC), datetime(2027, 2, 14, 3, tzinfo=UTC)]
)
def test_a_company_can_be_made_for_any_day(now: datetime) -> None:
    """Before its beginning it is empty of work; long after it has grown."""
    made = build_company(now)
    assert [at for at in instants((made.pulls, made.issues)) if at > now] == []


def test_every_deployment_is_of_a_commit_on_the_default_branch(company: Company) -> None:
    """Otherwise nothing could be said about what it shipped."""
    for repo, deployments in company.deployments.items():
        chain = set(company.branches[repo]["main"])
        assert [deployment.id for deployment in deployments if deployment.sha not in chain] == []


def test_every_parent_of_a_commit_is_known(company: Company) -> None:
    """The graph has no holes, so that base...head can be walked."""
    for commits in company.commits.values():
        assert [commit.sha for commit in commits.values() if any(parent not in commits for parent in commit.parents)] == []


def test_issue_keys_have_no_gaps_and_histories_run_forward(company: Company) -> None:
    """As Jira gives keys in the order of creation."""
    for project, issues in company.issues.items():
        assert [issue.key for issue in issues] == [f"{project}-{number}" for number in range(1, len(issues) + 1)]
        for issue in issues:
            times = [issue.created_at, *(change.at for change in issue.changes)]
            assert times == sorted(times), issue.key


def test_every_team_has_an_active_sprint_now(company: Company) -> None:
    """Exactly one, with the next one waiting."""
    for sprints in company.sprints.values():
        assert [sprint.state for sprint in sprints][-2:] == ["active", "future"]
        assert {sprint.state for sprint in sprints[:-2]} == {"closed"}
