"""REST of the stand-in: lists with Link headers, ETags, errors in GitHub's form."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from etl.demo.company.model import GithubIssue, PullRequest, Repository
from etl.demo.github.documents import Document, Documents
from etl.demo.github.index import Index

DOCS = "https://docs.github.com/rest"
Lookup = Callable[[Request, Documents], Any]


def not_found() -> HTTPException:
    """GitHub's answer for what is not there, or not for you."""
    return HTTPException(404, "Not Found")


def refusal(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error in GitHub's form."""
    body = {"message": message, "documentation_url": DOCS, "status": str(status)}
    return Response(json.dumps(body), status, headers, media_type="application/json; charset=utf-8")


class Rest:
    """The REST routes over one company."""

    def __init__(self, index: Index) -> None:
        self.index = index

    def routes(self) -> list[Route]:
        """Every route."""
        repo = "/repos/{owner}/{repo}"
        lists: dict[str, Lookup] = {
            "/orgs/{org}/repos": self._org_repositories,
            "/orgs/{org}/members": self._members,
            "/orgs/{org}/teams": self._teams,
            "/orgs/{org}/teams/{team}/members": self._team_members,
            "/orgs/{org}/teams/{team}/repos": self._team_repositories,
            f"{repo}/pulls": self._pulls,
            f"{repo}/pulls/{{number:int}}/reviews": lambda request, make: [
                make.review(one, pull) for pull in [self._pull(request)] for one in pull.reviews
            ],
            f"{repo}/pulls/{{number:int}}/commits": lambda request, make: [make.commit(one) for one in self._pull(request).commits],
            f"{repo}/pulls/{{number:int}}/files": lambda request, make: [make.file(one) for one in self._pull(request).files],
            f"{repo}/deployments": self._deployments,
            f"{repo}/deployments/{{deployment:int}}/statuses": self._statuses,
            f"{repo}/releases": self._releases,
            f"{repo}/issues": self._issues,
            f"{repo}/commits": self._commits,
        }
        singles: dict[str, Lookup] = {
            "/user": lambda _request, make: make.profile(self.index.members[0]),
            "/users/{login}": self._profile,
            "/orgs/{org}": self._organization,
            repo: lambda request, make: make.repository(self._repository(request)),
            f"{repo}/pulls/{{number:int}}": lambda request, make: make.whole_pull(self._pull(request)),
            f"{repo}/compare/{{spec:path}}": self._compare,
        }
        return [
            *(Route(path, self._listing(lookup)) for path, lookup in lists.items()),
            *(Route(path, self._single(lookup)) for path, lookup in singles.items()),
            Route(f"{repo}/actions/runs", self._runs),
        ]

    def _listing(self, lookup: Lookup) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return paged(request, lookup(request, self._documents(request)))

        return answer

    def _single(self, lookup: Lookup) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            return tagged(request, lookup(request, self._documents(request)))

        return answer

    def _documents(self, request: Request) -> Documents:
        return Documents(self.index, str(request.base_url).rstrip("/"))

    def _org(self, request: Request) -> str:
        org = self.index.company.org
        if request.path_params["org"].casefold() != org.casefold():
            raise not_found()
        return org

    def _repository(self, request: Request) -> Repository:
        found = self.index.repository(request.path_params["repo"])
        if found is None or request.path_params["owner"].casefold() != self.index.company.org.casefold():
            raise not_found()
        return found

    def _pull(self, request: Request) -> PullRequest:
        found = self.index.pulls_by_number.get((self._repository(request).name, request.path_params["number"]))
        if found is None:
            raise not_found()
        return found

    def _organization(self, request: Request, make: Documents) -> Document:
        self._org(request)
        return {
            **make.organization(),
            "name": self.index.company.org,
            "public_repos": 0,
            "total_private_repos": len(self.index.company.repositories),
        }

    def _profile(self, request: Request, make: Documents) -> Document:
        person = self.index.company.people_by_login.get(request.path_params["login"])
        if person is None:
            raise not_found()
        return make.profile(person)

    def _org_repositories(self, request: Request, make: Documents) -> list[Document]:
        self._org(request)
        return [make.repository(one) for one in sorted(self.index.company.repositories.values(), key=lambda one: one.name)]

    def _members(self, request: Request, make: Documents) -> list[Document]:
        self._org(request)
        return [make.account(one) for one in self.index.members]

    def _teams(self, request: Request, make: Documents) -> list[Document]:
        self._org(request)
        return [make.team(one) for one in self.index.company.teams.values()]

    def _team_members(self, request: Request, make: Documents) -> list[Document]:
        self._org(request)
        return [make.account(one) for one in self.index.team_members(request.path_params["team"])]

    def _team_repositories(self, request: Request, make: Documents) -> list[Document]:
        self._org(request)
        return [{**make.repository(one), "role_name": "maintain"} for one in self.index.team_repositories(request.path_params["team"])]

    def _pulls(self, request: Request, make: Documents) -> Sequence[Any]:
        name = self._repository(request).name
        by_update = request.query_params.get("sort") == "updated"
        newest_first = request.query_params.get("direction", "desc") == "desc"
        found = self.index.ordered(
            f"rest_pulls{by_update}",
            name,
            self.index.company.pulls.get(name, ()),
            lambda one: (one.updated_at if by_update else one.created_at, one.id),
            newest_first=newest_first,
        )
        state = request.query_params.get("state", "open")
        return _Lazy([one for one in found if state == "all" or (one.closed_at is None) == (state == "open")], make.pull)

    def _deployments(self, request: Request, make: Documents) -> Sequence[Any]:
        name = self._repository(request).name
        environment = request.query_params.get("environment")
        found = [one for one in reversed(self.index.company.deployments.get(name, ())) if environment in (None, one.environment)]
        return _Lazy(found, make.deployment)

    def _statuses(self, request: Request, make: Documents) -> list[Document]:
        found = self.index.deployments_by_id.get((self._repository(request).name, request.path_params["deployment"]))
        if found is None:
            raise not_found()
        return [make.deployment_status(one, found) for one in reversed(found.statuses)]

    def _releases(self, request: Request, make: Documents) -> list[Document]:
        return [make.release(one) for one in reversed(self.index.company.releases.get(self._repository(request).name, ()))]

    def _issues(self, request: Request, make: Documents) -> Sequence[Any]:
        name = self._repository(request).name
        company = self.index.company
        state, since = request.query_params.get("state", "open"), request.query_params.get("since", "")
        every: list[GithubIssue | PullRequest] = [*company.github_issues.get(name, ()), *company.pulls.get(name, ())]
        chosen = [
            one
            for one in every
            if (state == "all" or (one.closed_at is None) == (state == "open")) and one.updated_at.strftime("%Y-%m-%dT%H:%M:%SZ") >= since
        ]
        by_update = request.query_params.get("sort") == "updated"
        chosen.sort(
            key=lambda one: (one.updated_at if by_update else one.created_at, one.number),
            reverse=request.query_params.get("direction", "desc") == "desc",
        )
        return _Lazy(chosen, make.issue)

    def _commits(self, request: Request, make: Documents) -> Sequence[Any]:
        return _Lazy(self.index.history(self._repository(request).name), make.commit)

    def _compare(self, request: Request, make: Documents) -> Document:
        name = self._repository(request).name
        base, _, head = request.path_params["spec"].partition("...")
        commits = self.index.company.commits[name]
        if base not in commits or head not in commits:
            raise not_found()
        behind, ahead = self.index.reachable(name, base), self.index.reachable(name, head)
        new = [commits[sha] for sha in ahead - behind]
        new.sort(key=lambda one: one.committed_at)
        counts = {"ahead_by": len(new), "behind_by": len(behind - ahead), "total_commits": len(new)}
        status = "identical" if base == head else "ahead" if not behind - ahead else "diverged"
        return {"status": status, **counts, "base_commit": make.commit(commits[base]), "commits": [make.commit(one) for one in new[:250]]}

    async def _runs(self, request: Request) -> Response:
        name = self._repository(request).name
        make = self._documents(request)
        found = self.index.ordered(
            "runs", name, self.index.company.runs.get(name, ()), lambda one: (one.created_at, one.id), newest_first=True
        )
        for member in ("branch", "event", "status"):
            if wanted := request.query_params.get(member):
                found = [
                    one
                    for one in found
                    if wanted in (getattr(one, member), getattr(one, "conclusion", None) if member == "status" else None)
                ]
        return paged(request, _Lazy(found, make.run), inside="workflow_runs")


class _Lazy(Sequence[Any]):
    """A list whose items are made when a page shows them."""

    def __init__(self, records: Sequence[Any], make: Callable[[Any], Document]) -> None:
        self._records, self._make = records, make

    def __len__(self) -> int:
        return len(self._records)

    def __getitem__(self, place: Any) -> Any:
        found = self._records[place]
        return [self._make(one) for one in found] if isinstance(place, slice) else self._make(found)


def paged(request: Request, records: Sequence[Any], *, inside: str | None = None) -> Response:
    """One page of a list; GitHub's default is 30 records, its most 100."""
    size = min(100, max(1, _whole(request, "per_page", 30)))
    page = max(1, _whole(request, "page", 1))
    shown = records[(page - 1) * size : page * size]
    last = max(1, -(-len(records) // size))
    body = {"total_count": len(records), inside: shown} if inside else shown
    links = {"first": 1, "prev": page - 1} if page > 1 else {}
    links |= {"next": page + 1, "last": last} if page < last else {}
    header = ", ".join(f'<{_link(request, number)}>; rel="{name}"' for name, number in links.items())
    return tagged(request, body, {"link": header} if header else None)


def _link(request: Request, page: int) -> str:
    return f"{request.url.replace(query='')}?{urlencode({**request.query_params, 'page': page})}"


def _whole(request: Request, name: str, default: int) -> int:
    value = request.query_params.get(name, "")
    return int(value) if value.isdigit() else default


def tagged(request: Request, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    """The document with its ETag; 304 where the client has it already."""
    content = json.dumps(body, separators=(",", ":")).encode()
    etag = f'W/"{hashlib.sha256(content).hexdigest()}"'
    given = {**(headers or {}), "etag": etag, "cache-control": "private, max-age=60, s-maxage=60"}
    if request.headers.get("if-none-match") == etag:
        return Response(None, 304, given)
    return Response(content, 200, given, media_type="application/json; charset=utf-8")
