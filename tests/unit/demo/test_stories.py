"""The stories of the demo company are there in its raw events, counted here by hand and without Pulse's own rules."""

from datetime import UTC, date, datetime
from statistics import median

import pytest

from etl.demo.company.jira_model import Issue
from etl.demo.company.model import Company
from etl.demo.company.stories import BAD_RELEASE, BURST_END

pytestmark = pytest.mark.timeout(60)
Q2, Q3 = (date(2026, 4, 1), date(2026, 7, 1)), (date(2026, 7, 1), date(2026, 10, 1))
LAST_YEAR = (date(2025, 7, 1), date(2025, 10, 1))
Span = tuple[date, date]


def inside(at: datetime | None, span: Span) -> bool:
    """Whether an instant lies in the days of the span."""
    return at is not None and span[0] <= at.date() < span[1]


def went_live(company: Company, repo: str) -> list[tuple[datetime, int]]:
    """When which position of the default branch was in production: deployments, for the app its releases."""
    position = {sha: index for index, sha in enumerate(company.branches[repo]["main"])}
    successes = [
        (status.created_at, position[deployment.sha])
        for deployment in company.deployments[repo]
        for status in deployment.statuses
        if deployment.production and status.state == "success"
    ]
    releases = [
        (release.published_at, position[release.sha])
        for release in company.releases[repo]
        if release.published_at and not release.prerelease
    ]
    return sorted([*successes, *releases])


def lead_hours(company: Company, repo: str, span: Span) -> float:
    """Median hours from the first commit of a person to production."""
    position = {sha: index for index, sha in enumerate(company.branches[repo]["main"])}
    live, hours = went_live(company, repo), []
    for pull in company.pulls[repo]:
        if pull.merged_at is None or pull.merge_sha not in position or company.people[pull.author].kind == "bot":
            continue
        shipped = next((at for at, index in live if index >= position[pull.merge_sha] and at >= pull.merged_at), None)
        if shipped is not None and inside(shipped, span):
            hours.append((shipped - pull.commits[0].authored_at).total_seconds() / 3600)
    assert len(hours) >= 30
    return median(hours)


def incidents(company: Company, service: str, span: Span) -> list[Issue]:
    """Incidents of a service that began in the span, duplicates left out."""
    every = (
        issue for issues in company.issues.values() for issue in issues if issue.type == "Incident" and issue.resolution != "Duplicate"
    )
    return [issue for issue in every if issue.service == service and inside(issue.impact_start, span)]


def delivered(company: Company, board: int) -> tuple[float, float]:
    """Committed and delivered points of the last six closed sprints."""
    committed = done = 0.0
    for sprint in [sprint for sprint in company.sprints[board] if sprint.state == "closed"][-6:]:
        for issue in company.issues[company.boards[board].project]:
            state = state_at(issue, sprint.id, sprint.starts_at, sprint.completed_at or sprint.ends_at)
            committed += (issue.points or 0) * state[0]
            done += (issue.points or 0) * state[1]
    return committed, done


def state_at(issue: Issue, sprint: int, start: datetime, end: datetime) -> tuple[bool, bool]:
    """Whether the issue was committed in the sprint, and whether it was done at the end too."""
    inside_at_start, before, after = False, "", ""
    for change in issue.changes:
        for item in change.items:
            if item.field == "Sprint" and change.at <= start:
                inside_at_start = str(sprint) in (item.new or "").split(", ")
            if item.field == "status":
                before = item.new_text or "" if change.at <= start else before
                after = item.new_text or "" if change.at <= end else after
    committed = inside_at_start and before != "Done"
    return committed, committed and after == "Done"


def test_payments_got_slower_after_the_re_organisation(company: Company) -> None:
    """Lead time at least half as long again in the quarter after as in the quarter before."""
    assert lead_hours(company, "payments-api", Q3) > 1.5 * lead_hours(company, "payments-api", Q2)


def test_platform_got_faster_with_smaller_pull_requests(company: Company) -> None:
    """Half the lead time and half the lines of a year before."""
    assert lead_hours(company, "platform-core", Q3) < 0.5 * lead_hours(company, "platform-core", LAST_YEAR)

    def size(span: Span) -> float:
        merged = (pull for pull in company.pulls["platform-core"] if inside(pull.merged_at, span) and pull.author != "dependabot")
        return median(pull.additions + pull.deletions for pull in merged)

    assert size(Q3) < 0.5 * size(LAST_YEAR)


def test_the_others_did_not_change(company: Company) -> None:
    """So that the stories stand out."""
    for repo in ("checkout-web", "mobile-app"):
        assert lead_hours(company, repo, Q3) == pytest.approx(lead_hours(company, repo, Q2), rel=0.25)


def test_a_bad_release_of_checkout_is_followed_by_incidents_and_hotfixes(company: Company) -> None:
    """More incidents in the three weeks than in any full quarter before."""
    burst = (BAD_RELEASE, date(2026, 10, 1))
    quiet = [(date(2025, 10, 1), date(2026, 1, 1)), (date(2026, 1, 1), date(2026, 4, 1)), Q2]
    assert len(incidents(company, "checkout-web", burst)) > max(len(incidents(company, "checkout-web", span)) for span in quiet)
    hotfixes = [
        pull for pull in company.pulls["checkout-web"] if "hotfix" in pull.labels and inside(pull.merged_at, (BAD_RELEASE, BURST_END))
    ]
    assert len(hotfixes) >= 4


def test_mobile_commits_to_more_than_it_can_finish(company: Company) -> None:
    """It delivers a smaller part of its commitment than payments, checkout and platform."""
    shares = {board.project: delivered(company, board.id) for board in company.boards.values()}
    say_do = {project: done / committed for project, (committed, done) in shares.items() if project != "DAT"}
    assert min(say_do, key=lambda project: say_do[project]) == "MOB"
    assert say_do["MOB"] < 0.6


def test_data_has_too_little_for_some_answers(company: Company) -> None:
    """Few deployments, and most items without points."""
    assert len([at for at, _ in went_live(company, "data-pipeline") if inside(at, Q3)]) < 10
    items = [issue for issue in company.issues["DAT"] if issue.type not in ("Epic", "Sub-task", "Incident")]
    assert sum(issue.points is not None for issue in items) < 0.4 * len(items)


def test_the_share_of_ai_assisted_changes_rises(company: Company) -> None:
    """Trailers and agents are at least twice as frequent as a year before."""

    def share(span: Span) -> float:
        merged = [
            pull
            for pulls in company.pulls.values()
            for pull in pulls
            if inside(pull.merged_at, span) and company.people[pull.author].kind != "bot"
        ]
        marked = [
            pull for pull in merged if company.people[pull.author].kind == "agent" or "o-authored-by" in pull.commits[0].message.lower()
        ]
        return len(marked) / len(merged)

    assert share(Q3) > 2 * share(LAST_YEAR)


def test_every_other_team_has_enough_for_the_dora_metrics_of_a_quarter(company: Company) -> None:
    """At least ten production deployments and three failures of changes."""
    for repo in ("payments-api", "checkout-web", "platform-core", "mobile-app"):
        assert len([at for at, _ in went_live(company, repo) if inside(at, Q3)]) >= 10
        assert len(incidents(company, repo, Q3)) >= 3


def test_the_long_epic_is_unfinished_and_will_miss_its_first_date(company: Company) -> None:
    """PAY-100 has work left after its original target."""
    epic = company.issues_by_key["PAY-100"]
    remaining = [issue for issue in company.issues["PAY"] if issue.parent == "PAY-100" and issue.status.category != "done"]
    assert epic.type == "Epic"
    assert epic.original_target is not None
    assert epic.original_target < datetime(2026, 11, 20, tzinfo=UTC).date()
    assert len(remaining) >= 10


def test_odd_texts_are_among_the_titles_and_bodies(company: Company) -> None:
    """NUL, scripts and orders to the reader are there, to be survived."""
    issues = [issue for listed in company.issues.values() for issue in listed]
    pulls = [pull for listed in company.pulls.values() for pull in listed]
    texts = "\n".join([*(issue.summary + issue.description for issue in issues), *(pull.title + pull.body for pull in pulls)])
    assert all(odd in texts for odd in ("\0", "<script>", "Ignore all previous instructions", "DROP TABLE"))
