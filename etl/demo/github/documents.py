"""The company as REST documents, in the members that clients of GitHub read."""

from typing import Any

from etl.demo.company.model import (
    Commit,
    Deployment,
    DeploymentStatus,
    FileChange,
    GithubIssue,
    Person,
    PullRequest,
    Release,
    Repository,
    Review,
    Team,
    WorkflowRun,
)
from etl.demo.github.index import WEB, Index, iso

Document = dict[str, Any]


class Documents:
    """Makes REST documents; `api` is the base of their links."""

    def __init__(self, index: Index, api: str) -> None:
        self.index, self.api = index, api

    def user(self, key: str | None) -> Document | None:
        """An account as it stands inside other documents."""
        return None if key is None else self.account(self.index.person(key))

    def account(self, person: Person) -> Document:
        """An account."""
        login = person.login if person.kind == "human" or person.login.endswith("[bot]") else f"{person.login}[bot]"
        return {
            "login": login,
            "id": person.id,
            "node_id": f"U_{person.id}",
            "url": f"{self.api}/users/{login}",
            "html_url": f"{WEB}/{login}",
            "type": "User" if person.kind == "human" else "Bot",
            "site_admin": False,
        }

    def profile(self, person: Person) -> Document:
        """An account as its own page shows it."""
        human = person.kind == "human"
        return {**self.account(person), "name": person.name, "company": None, "email": person.email if human else None}

    def repository(self, repository: Repository) -> Document:
        """A repository."""
        full_name = f"{self.index.company.org}/{repository.name}"
        pushed = iso(self.index.pushed_at(repository.name))
        return {
            "id": repository.id,
            "node_id": f"R_{repository.id}",
            "name": repository.name,
            "full_name": full_name,
            "private": repository.private,
            "owner": self.organization(),
            "html_url": f"{WEB}/{full_name}",
            "description": repository.description,
            "fork": False,
            "archived": repository.archived,
            "url": f"{self.api}/repos/{full_name}",
            "default_branch": repository.default_branch,
            "language": repository.language,
            "created_at": iso(repository.created_at),
            "updated_at": pushed,
            "pushed_at": pushed,
        }

    def organization(self) -> Document:
        """The organisation as an owner."""
        org = self.index.company.org
        return {
            "login": org,
            "id": 1,
            "node_id": "O_1",
            "url": f"{self.api}/orgs/{org}",
            "html_url": f"{WEB}/{org}",
            "type": "Organization",
            "site_admin": False,
        }

    def team(self, team: Team) -> Document:
        """A team."""
        org = self.index.company.org
        links = {"url": f"{self.api}/organizations/1/team/{team.id}", "html_url": f"{WEB}/orgs/{org}/teams/{team.key}"}
        return {
            "id": team.id,
            "node_id": f"T_{team.id}",
            "slug": team.key,
            "name": team.name,
            "parent": None,
            "permission": "push",
            **links,
        }

    def pull(self, pull: PullRequest) -> Document:
        """A pull request as in a list: without sizes."""
        org = self.index.company.org
        repository = self.index.company.repositories[pull.repo]
        url = f"{self.api}/repos/{org}/{pull.repo}/pulls/{pull.number}"
        return {
            "id": pull.id,
            "node_id": f"PR_{pull.id}",
            "url": url,
            "html_url": f"{WEB}/{org}/{pull.repo}/pull/{pull.number}",
            "number": pull.number,
            "state": "open" if pull.state == "open" else "closed",
            "locked": False,
            "title": pull.title,
            "body": pull.body,
            "user": self.user(pull.author),
            "labels": [{"name": name} for name in pull.labels],
            "assignees": [self.user(key) for key in pull.assignees],
            "requested_reviewers": [self.user(key) for key in pull.requested_reviewers],
            "draft": pull.is_draft,
            "created_at": iso(pull.created_at),
            "updated_at": iso(pull.updated_at),
            "closed_at": iso(pull.closed_at),
            "merged_at": iso(pull.merged_at),
            "merge_commit_sha": pull.merge_sha,
            "head": {"ref": pull.head_ref, "sha": pull.head_sha, "label": f"{org}:{pull.head_ref}", "repo": self.repository(repository)},
            "base": {"ref": pull.base_ref, "sha": pull.base_sha, "label": f"{org}:{pull.base_ref}", "repo": self.repository(repository)},
        }

    def whole_pull(self, pull: PullRequest) -> Document:
        """A pull request as asked for by number."""
        sizes = {"additions": pull.additions, "deletions": pull.deletions, "changed_files": len(pull.files), "commits": len(pull.commits)}
        counts = {"comments": len(pull.comments), "review_comments": 0}
        return {**self.pull(pull), **sizes, **counts, "merged": pull.merged_at is not None, "merged_by": self.user(pull.merged_by)}

    def review(self, review: Review, pull: PullRequest) -> Document:
        """A review."""
        link = f"{self.api}/repos/{self.index.company.org}/{pull.repo}/pulls/{pull.number}"
        page = f"{WEB}/{self.index.company.org}/{pull.repo}/pull/{pull.number}#pullrequestreview-{review.id}"
        return {
            "id": review.id,
            "node_id": f"PRR_{review.id}",
            "user": self.user(review.reviewer),
            "body": review.body,
            "state": review.state,
            "html_url": page,
            "pull_request_url": link,
            "submitted_at": iso(review.submitted_at),
            "commit_id": review.commit_sha,
        }

    def file(self, change: FileChange) -> Document:
        """A changed file."""
        lines = {"additions": change.additions, "deletions": change.deletions, "changes": change.additions + change.deletions}
        return {"filename": change.path, "status": change.status, **lines}

    def commit(self, commit: Commit) -> Document:
        """A commit."""
        url = f"{self.api}/repos/{self.index.company.org}/{commit.repo}/commits/{commit.sha}"
        author = self.index.person(commit.author)
        committer = self.index.company.people.get(commit.committer)
        made = {"name": author.name, "email": commit.author_email, "date": iso(commit.authored_at)}
        by = {"name": committer.name if committer else "GitHub", "email": committer.git_emails[0] if committer else "noreply@github.com"}
        return {
            "sha": commit.sha,
            "node_id": f"C_{commit.sha}",
            "url": url,
            "html_url": f"{WEB}/{self.index.company.org}/{commit.repo}/commit/{commit.sha}",
            "commit": {"author": made, "committer": {**by, "date": iso(commit.committed_at)}, "message": commit.message},
            "author": self.account(author),
            "committer": self.account(committer) if committer else None,
            "parents": [{"sha": sha, "url": url.replace(commit.sha, sha)} for sha in commit.parents],
        }

    def deployment(self, deployment: Deployment) -> Document:
        """A deployment."""
        url = f"{self.api}/repos/{self.index.company.org}/{deployment.repo}/deployments/{deployment.id}"
        return {
            "id": deployment.id,
            "node_id": f"DE_{deployment.id}",
            "url": url,
            "statuses_url": f"{url}/statuses",
            "sha": deployment.sha,
            "ref": deployment.ref,
            "task": deployment.task,
            "payload": dict(deployment.payload),
            "environment": deployment.environment,
            "original_environment": deployment.environment,
            "production_environment": deployment.production,
            "description": deployment.description,
            "creator": self.user(deployment.creator),
            "created_at": iso(deployment.created_at),
            "updated_at": iso(deployment.updated_at),
        }

    def deployment_status(self, status: DeploymentStatus, deployment: Deployment) -> Document:
        """A status of a deployment."""
        at = iso(status.created_at)
        made = {"id": status.id, "node_id": f"DES_{status.id}", "state": status.state, "description": status.description}
        return {**made, "environment": deployment.environment, "creator": self.user(deployment.creator), "created_at": at, "updated_at": at}

    def release(self, release: Release) -> Document:
        """A release."""
        org = self.index.company.org
        return {
            "id": release.id,
            "node_id": f"RE_{release.id}",
            "url": f"{self.api}/repos/{org}/{release.repo}/releases/{release.id}",
            "html_url": f"{WEB}/{org}/{release.repo}/releases/tag/{release.tag}",
            "tag_name": release.tag,
            "target_commitish": release.sha,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "author": self.user(release.author),
            "created_at": iso(release.created_at),
            "published_at": iso(release.published_at),
        }

    def run(self, run: WorkflowRun) -> Document:
        """A workflow run."""
        org = self.index.company.org
        repository = self.index.company.repositories[run.repo]
        return {
            "id": run.id,
            "node_id": f"WFR_{run.id}",
            "name": run.workflow.name,
            "display_title": run.title,
            "path": run.workflow.path,
            "workflow_id": run.workflow.id,
            "run_number": run.number,
            "run_attempt": run.attempt,
            "event": run.event,
            "status": run.status,
            "conclusion": run.conclusion,
            "head_branch": run.branch,
            "head_sha": run.sha,
            "url": f"{self.api}/repos/{org}/{run.repo}/actions/runs/{run.id}",
            "html_url": f"{WEB}/{org}/{run.repo}/actions/runs/{run.id}",
            "created_at": iso(run.created_at),
            "run_started_at": iso(run.started_at),
            "updated_at": iso(run.updated_at),
            "actor": self.user(run.actor),
            "triggering_actor": self.user(run.actor),
            "repository": {"id": repository.id, "name": run.repo, "full_name": f"{org}/{run.repo}"},
        }

    def issue(self, issue: GithubIssue | PullRequest) -> Document:
        """An issue; GitHub lists pull requests among them, marked by the member `pull_request`."""
        org = self.index.company.org
        is_pull = isinstance(issue, PullRequest)
        page = "pull" if is_pull else "issues"
        document = {
            "id": issue.id if not is_pull else issue.id + 10**9,
            "node_id": f"I_{issue.id}",
            "url": f"{self.api}/repos/{org}/{issue.repo}/issues/{issue.number}",
            "repository_url": f"{self.api}/repos/{org}/{issue.repo}",
            "html_url": f"{WEB}/{org}/{issue.repo}/{page}/{issue.number}",
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.author),
            "state": "closed" if issue.closed_at else "open",
            "state_reason": None if isinstance(issue, PullRequest) else issue.state_reason,
            "labels": [{"name": name} for name in issue.labels],
            "assignees": [self.user(key) for key in issue.assignees],
            "comments": len(issue.comments),
            "created_at": iso(issue.created_at),
            "updated_at": iso(issue.updated_at),
            "closed_at": iso(issue.closed_at),
        }
        return {**document, "pull_request": {"url": self.pull(issue)["url"]}} if isinstance(issue, PullRequest) else document
