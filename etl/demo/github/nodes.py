"""The company as GraphQL nodes: plain dicts, so that the executor needs no resolvers but for connections."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from etl.demo.company.jira_model import Comment
from etl.demo.company.model import Commit, Event, GithubIssue, Person, PullRequest, Repository, Review, Tag
from etl.demo.github.connections import connection
from etl.demo.github.delivery_nodes import deployment_node, release_node
from etl.demo.github.index import WEB, Index, iso

Node = dict[str, Any]
Make = Callable[[], Node]
PATCHES = {"added": "ADDED", "modified": "MODIFIED", "removed": "DELETED", "renamed": "RENAMED"}
EVENT_TYPES = {
    "ready_for_review": ("ReadyForReviewEvent", "READY_FOR_REVIEW_EVENT"),
    "convert_to_draft": ("ConvertToDraftEvent", "CONVERT_TO_DRAFT_EVENT"),
    "review_requested": ("ReviewRequestedEvent", "REVIEW_REQUESTED_EVENT"),
    "head_ref_force_pushed": ("HeadRefForcePushedEvent", "HEAD_REF_FORCE_PUSHED_EVENT"),
    "closed": ("ClosedEvent", "CLOSED_EVENT"),
    "reopened": ("ReopenedEvent", "REOPENED_EVENT"),
    "merged": ("MergedEvent", "MERGED_EVENT"),
    "labeled": ("LabeledEvent", "LABELED_EVENT"),
}


class Nodes:
    """Makes nodes; small ones that many others point to are made once."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self._kept: dict[tuple[str, Any], Node] = {}

    def _once(self, kind: str, key: Any, make: Make) -> Node:
        place = (kind, key)
        if place not in self._kept:
            self._kept[place] = make()
        return self._kept[place]

    def actor(self, key: str | None) -> Node | None:
        """Somebody as user or bot; GraphQL writes bots without `[bot]`."""
        return None if key is None else self._once("actor", key, lambda: _actor(self.index.person(key), self))

    def git_actor(self, commit: Commit, *, committer: bool = False) -> Node:
        """Author or committer, with the account where the address belongs to one."""
        person = self.index.company.people.get(commit.committer if committer else commit.author)
        at = iso(commit.committed_at if committer else commit.authored_at)
        if person is None:
            return {"name": commit.committer, "email": "noreply@github.com", "date": at, "user": None}
        email = person.git_emails[0] if committer else commit.author_email
        known = person.kind == "human" and (email == person.email or "noreply" in email)
        return {"name": person.name, "email": email, "date": at, "user": self.actor(person.key) if known else None}

    def commit(self, commit: Commit) -> Node:
        """A commit; its parents and history are lists of their own."""
        return self._once("commit", (commit.repo, commit.sha), lambda: self._commit(commit))

    def _commit(self, commit: Commit) -> Node:
        known = self.index.company.commits[commit.repo]
        return {
            "__typename": "Commit",
            "id": f"C_{commit.sha}",
            "oid": commit.sha,
            "message": commit.message,
            "authoredDate": iso(commit.authored_at),
            "committedDate": iso(commit.committed_at),
            "additions": commit.additions,
            "deletions": commit.deletions,
            "author": self.git_actor(commit),
            "committer": self.git_actor(commit, committer=True),
            "parents": connection([known[sha] for sha in commit.parents if sha in known], self.commit),
            "history": lambda info, **args: connection(self.index.history(commit.repo), self.commit)(info, **_without_dates(args)),
        }

    def oid(self, repo: str, sha: str | None) -> Node | None:
        """A commit by sha; None for one that is not in the repository."""
        commit = self.index.company.commits[repo].get(sha or "")
        return self.commit(commit) if commit else None

    def repository(self, repository: Repository) -> Node:
        """A repository with all its lists."""
        return self._once("repository", repository.name, lambda: _repository(repository, self))

    def pull(self, pull: PullRequest) -> Node:
        """A pull request with all its lists."""
        return _pull(pull, self)

    def label(self, name: str) -> Node:
        """A label."""
        return self._once("label", name, lambda: {"__typename": "Label", "id": f"LA_{name}", "name": name})


def _without_dates(args: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in args.items() if name not in ("since", "until")}


def _actor(person: Person, nodes: Nodes) -> Node:
    base = {"databaseId": person.id, "login": person.login.removesuffix("[bot]"), "url": f"{WEB}/{person.login}"}
    if person.kind != "human":
        return {"__typename": "Bot", "id": f"BOT_{person.id}", **base}
    mine = connection([], nodes.repository)
    return {
        "__typename": "User",
        "id": f"U_{person.id}",
        **base,
        "name": person.name,
        "email": person.email,
        "company": None,
        "repositories": mine,
    }


def _repository(repository: Repository, nodes: Nodes) -> Node:
    index, name = nodes.index, repository.name
    company = index.company
    head = index.default_head(name)
    org = company.org
    releases = index.ordered("releases", name, company.releases.get(name, ()), lambda one: (one.created_at, one.id), newest_first=True)
    published = [one for one in releases if not one.draft and not one.prerelease]
    return {
        "__typename": "Repository",
        "id": f"R_{repository.id}",
        "databaseId": repository.id,
        "name": name,
        "nameWithOwner": f"{org}/{name}",
        "owner": {"__typename": "Organization", "id": "O_1", "login": org, "databaseId": 1, "url": f"{WEB}/{org}"},
        "description": repository.description,
        "url": f"{WEB}/{org}/{name}",
        "isArchived": repository.archived,
        "isFork": False,
        "isPrivate": repository.private,
        "hasIssuesEnabled": True,
        "createdAt": iso(repository.created_at),
        "pushedAt": iso(index.pushed_at(name)),
        "updatedAt": iso(index.pushed_at(name)),
        "defaultBranchRef": head
        and {"__typename": "Ref", "id": f"REF_{name}", "name": repository.default_branch, "target": nodes.commit(head)},
        "latestRelease": release_node(published[0], nodes) if published else None,
        "pullRequests": _sorted_list(nodes, "pulls", name, company.pulls.get(name, ()), nodes.pull),
        "issues": _sorted_list(nodes, "issues", name, company.github_issues.get(name, ()), lambda one: _issue(one, nodes)),
        "deployments": _sorted_list(nodes, "deployments", name, company.deployments.get(name, ()), lambda one: deployment_node(one, nodes)),
        "releases": connection(releases, lambda one: release_node(one, nodes)),
        "refs": _tags(repository, nodes),
        "pullRequest": lambda _info, number: _maybe(index.pulls_by_number.get((name, number)), nodes.pull),
    }


def _maybe(record: Any, make: Callable[[Any], Node]) -> Node | None:
    return make(record) if record is not None else None


def _sorted_list(nodes: Nodes, kind: str, repo: str, records: Sequence[Any], make: Callable[[Any], Node]) -> Callable[..., Any]:
    """A connection in the order that is asked for."""

    def resolve(info: Any, **args: Any) -> Node:
        order = args.pop("orderBy", None) or {"field": "CREATED_AT", "direction": "ASC"}
        states = args.pop("states", None)
        args.pop("environments", None)
        by_update = order["field"] == "UPDATED_AT"
        newest_first = order["direction"] == "DESC"
        found = nodes.index.ordered(
            f"{kind}{by_update}", repo, records, _by_update if by_update else _by_creation, newest_first=newest_first
        )
        if states:
            found = [one for one in found if one.state.upper() in states]
        return connection(found, make)(info, **args)

    return resolve


def _by_update(record: Any) -> tuple[Any, int]:
    return record.updated_at, record.id


def _by_creation(record: Any) -> tuple[Any, int]:
    return record.created_at, record.id


def _tags(repository: Repository, nodes: Nodes) -> Callable[..., Any]:
    tags = nodes.index.company.tags.get(repository.name, ())

    def resolve(info: Any, refPrefix: str, **args: Any) -> Node:  # noqa: N803 GitHub's spelling
        args.pop("orderBy", None)
        found = sorted(tags, key=lambda one: one.tagged_at, reverse=True) if refPrefix == "refs/tags/" else []
        return connection(found, lambda one: _tag(one, nodes))(info, **args)

    return resolve


def _tag(tag: Tag, nodes: Nodes) -> Node:
    person = nodes.index.person(tag.tagger)
    tagger = {"name": person.name, "email": person.git_emails[0], "date": iso(tag.tagged_at), "user": nodes.actor(tag.tagger)}
    target = {
        "__typename": "Tag",
        "id": f"TAG_{tag.name}",
        "oid": tag.sha,
        "name": tag.name,
        "tagger": tagger,
        "target": nodes.oid(tag.repo, tag.sha),
    }
    return {"__typename": "Ref", "id": f"REF_{tag.repo}_{tag.name}", "name": tag.name, "target": target if target["target"] else None}


def _pull(pull: PullRequest, nodes: Nodes) -> Node:
    company = nodes.index.company
    url = f"{WEB}/{company.org}/{pull.repo}/pull/{pull.number}"
    repository = nodes.repository(company.repositories[pull.repo])
    return {
        "__typename": "PullRequest",
        "id": f"PR_{pull.id}",
        "databaseId": pull.id,
        "fullDatabaseId": str(pull.id),
        "number": pull.number,
        "title": pull.title,
        "body": pull.body,
        "state": pull.state.upper(),
        "merged": pull.merged_at is not None,
        "isDraft": pull.is_draft,
        "createdAt": iso(pull.created_at),
        "updatedAt": iso(pull.updated_at),
        "mergedAt": iso(pull.merged_at),
        "closedAt": iso(pull.closed_at),
        "url": url,
        "author": nodes.actor(pull.author),
        "mergedBy": nodes.actor(pull.merged_by),
        "mergeCommit": nodes.oid(pull.repo, pull.merge_sha),
        "baseRefName": pull.base_ref,
        "baseRefOid": pull.base_sha,
        "headRefName": pull.head_ref,
        "headRefOid": pull.head_sha,
        "headRepository": repository,
        "repository": repository,
        "additions": pull.additions,
        "deletions": pull.deletions,
        "changedFiles": len(pull.files),
        "labels": connection(pull.labels, nodes.label),
        "assignees": connection([key for key in pull.assignees if nodes.index.person(key).kind == "human"], nodes.actor),
        "commits": connection(pull.commits, lambda one: _pull_commit(one, url, nodes)),
        "reviews": _reviews(pull, url, nodes),
        "files": connection(pull.files, _file),
        "timelineItems": _timeline(pull, url, nodes),
    }


def _pull_commit(commit: Commit, url: str, nodes: Nodes) -> Node:
    return {
        "__typename": "PullRequestCommit",
        "id": f"PRC_{commit.sha}",
        "url": f"{url}/commits/{commit.sha}",
        "commit": nodes.commit(commit),
    }


def _file(change: Any) -> Node:
    return {"path": change.path, "additions": change.additions, "deletions": change.deletions, "changeType": PATCHES[change.status]}


def _reviews(pull: PullRequest, url: str, nodes: Nodes) -> Callable[..., Any]:
    def resolve(info: Any, **args: Any) -> Node:
        states = args.pop("states", None)
        found = [one for one in pull.reviews if not states or one.state in states]
        return connection(found, lambda one: _review(one, pull, url, nodes))(info, **args)

    return resolve


def _review(review: Review, pull: PullRequest, url: str, nodes: Nodes) -> Node:
    return {
        "__typename": "PullRequestReview",
        "id": f"PRR_{review.id}",
        "databaseId": review.id,
        "fullDatabaseId": str(review.id),
        "state": review.state,
        "body": review.body,
        "submittedAt": iso(review.submitted_at),
        "url": f"{url}#pullrequestreview-{review.id}",
        "author": nodes.actor(review.reviewer),
        "commit": nodes.oid(pull.repo, review.commit_sha),
    }


def _timeline(pull: PullRequest, url: str, nodes: Nodes) -> Callable[..., Any]:
    """Commits, reviews, comments and events in one list, by time."""

    def resolve(info: Any, **args: Any) -> Node:
        wanted = args.pop("itemTypes", None)
        entries: list[tuple[Any, str, Make]] = []
        entries += [(one.committed_at, "PULL_REQUEST_COMMIT", _later(_pull_commit, one, url, nodes)) for one in pull.commits]
        entries += [(one.submitted_at, "PULL_REQUEST_REVIEW", _later(_review, one, pull, url, nodes)) for one in pull.reviews]
        entries += [(one.created_at, "ISSUE_COMMENT", _later(_comment, one, url, nodes)) for one in pull.comments]
        entries += [(one.at, EVENT_TYPES[one.kind][1], _later(_event, one, pull.repo, nodes)) for one in pull.events]
        entries += [(pull.created_at, "ASSIGNED_EVENT", _later(_assigned, pull, key, nodes)) for key in pull.assignees]
        entries += [(pull.created_at, "LABELED_EVENT", _later(_labeled, pull, name, nodes)) for name in _unlabeled(pull)]
        chosen = [entry for entry in entries if not wanted or entry[1] in wanted]
        chosen.sort(key=lambda entry: entry[0])
        return connection(chosen, lambda entry: entry[2]())(info, **args)

    return resolve


def _later(make: Callable[..., Node], *given: Any) -> Make:
    return lambda: make(*given)


def _unlabeled(pull: PullRequest) -> list[str]:
    """Labels that no event of the model has put on: they were there from the beginning."""
    told = {event.subject for event in pull.events if event.kind == "labeled"}
    return [name for name in pull.labels if name not in told]


def _labeled(pull: PullRequest, name: str, nodes: Nodes) -> Node:
    made = {"__typename": "LabeledEvent", "id": f"LE_{pull.id}_{name}", "createdAt": iso(pull.created_at)}
    return {**made, "actor": nodes.actor(pull.author), "label": nodes.label(name)}


def _assigned(pull: PullRequest, key: str, nodes: Nodes) -> Node:
    made = {"__typename": "AssignedEvent", "id": f"AE_{pull.id}_{key}", "createdAt": iso(pull.created_at)}
    return {**made, "actor": nodes.actor(pull.author), "assignee": nodes.actor(key)}


def _comment(comment: Comment, url: str, nodes: Nodes) -> Node:
    return {
        "__typename": "IssueComment",
        "id": f"IC_{comment.id}",
        "databaseId": comment.id,
        "fullDatabaseId": str(comment.id),
        "createdAt": iso(comment.created_at),
        "body": comment.body,
        "url": f"{url}#issuecomment-{comment.id}",
        "author": nodes.actor(comment.author),
    }


def _event(event: Event, repo: str, nodes: Nodes) -> Node:
    kind = EVENT_TYPES[event.kind][0]
    node: Node = {"__typename": kind, "id": f"EV_{event.id}", "createdAt": iso(event.at), "actor": nodes.actor(event.actor)}
    if event.kind == "review_requested":
        node["requestedReviewer"] = nodes.actor(event.subject)
    elif event.kind == "labeled":
        node["label"] = nodes.label(event.subject or "")
    elif event.kind == "head_ref_force_pushed":
        node["afterCommit"] = nodes.oid(repo, event.subject)
    elif event.kind == "merged":
        node["commit"] = nodes.oid(repo, event.subject)
    return node


def _issue(issue: GithubIssue, nodes: Nodes) -> Node:
    company = nodes.index.company
    url = f"{WEB}/{company.org}/{issue.repo}/issues/{issue.number}"
    return {
        "__typename": "Issue",
        "id": f"I_{issue.id}",
        "databaseId": issue.id,
        "fullDatabaseId": str(issue.id),
        "number": issue.number,
        "title": issue.title,
        "body": issue.body,
        "state": "CLOSED" if issue.closed_at else "OPEN",
        "stateReason": (issue.state_reason or "completed").upper() if issue.closed_at else None,
        "createdAt": iso(issue.created_at),
        "updatedAt": iso(issue.updated_at),
        "closedAt": iso(issue.closed_at),
        "url": url,
        "author": nodes.actor(issue.author),
        "repository": nodes.repository(company.repositories[issue.repo]),
        "labels": connection(issue.labels, nodes.label),
        "assignees": connection([key for key in issue.assignees if nodes.index.person(key).kind == "human"], nodes.actor),
        "timelineItems": _issue_timeline(issue, nodes),
    }


def _issue_timeline(issue: GithubIssue, nodes: Nodes) -> Callable[..., Any]:
    def resolve(info: Any, **args: Any) -> Node:
        wanted = args.pop("itemTypes", None)
        known = [event for event in issue.events if event.kind in ("closed", "reopened", "labeled")]
        found = [event for event in known if not wanted or EVENT_TYPES[event.kind][1] in wanted]
        return connection(found, lambda one: _event(one, issue.repo, nodes))(info, **args)

    return resolve
