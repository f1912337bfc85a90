"""The stand-in Jira as an ASGI application."""

import base64
import binascii
import json
import zlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from etl.demo.company.jira_model import Change, Issue
from etl.demo.company.jira_side import RESOLUTIONS
from etl.demo.company.model import Company
from etl.demo.jira.documents import PRIORITIES, TYPES, Documents
from etl.demo.jira.jql import JqlError, Question, understand
from etl.demo.jira.words import Json, instant

API = "/rest/api/3"
AGILE = "/rest/agile/1.0"
ISSUES_A_PAGE = 1000
"""Issues in an answer that carries more than ids and keys; ids alone come 5,000 at a time."""
_IDS_A_PAGE = 5000
_BULK_ISSUES = 1000
_BULK_CHANGES = 10_000
Item = TypeVar("Item")


class Refusal(Exception):
    """An answer in Jira's form of errors."""

    def __init__(self, status: int, *messages: str, **errors: str) -> None:
        super().__init__(*messages)
        self.status, self.messages, self.errors = status, messages, errors


def make_app(company: Company, base: str = "https://acme-shop.example/jira", *, page_size: int = ISSUES_A_PAGE) -> Starlette:
    """Jira over the company; `base` is the address that stands in `self` links."""
    app = Starlette(
        routes=Site(company, base, page_size).routes(),
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=_manners)],
        exception_handlers={Refusal: _refuse},
    )
    app.add_exception_handler(404, _not_found)
    return app


async def _manners(request: Request, answer: RequestResponseEndpoint) -> Response:
    """Credentials, and the headers that tell about limits."""
    header = request.headers.get("authorization", "")
    response = (
        await answer(request)
        if _accepted(header)
        else JSONResponse({"message": "Client must be authenticated to access this resource."}, 401)
    )
    response.headers["x-ratelimit-limit"] = "350"
    response.headers["x-ratelimit-remaining"] = "349"
    response.headers["x-ratelimit-nearlimit"] = "false"
    return response


def _accepted(header: str) -> bool:
    """Any account and token, as long as there are some."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return bool(value.strip())
    try:
        account, _, token = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return False
    return scheme.lower() == "basic" and bool(account) and bool(token)


async def _refuse(_request: Request, error: Exception) -> Response:
    refusal = error if isinstance(error, Refusal) else Refusal(500, "Internal server error")
    return JSONResponse({"errorMessages": list(refusal.messages), "errors": refusal.errors}, refusal.status)


async def _not_found(_request: Request, _error: Exception) -> Response:
    return JSONResponse({"errorMessages": ["No such resource."], "errors": {}}, 404)


class Site:
    """The answers of one Jira site."""

    def __init__(self, company: Company, base: str, page_size: int) -> None:
        self.company, self.base, self.page_size = company, base, page_size
        self.show = Documents(company, base)
        self.all_issues = [issue for issues in company.issues.values() for issue in issues]
        self.by_id = {str(issue.id): issue for issue in self.all_issues}

    def routes(self) -> list[Route]:
        """Every path that is answered."""
        lists: dict[str, Callable[[], Any]] = {
            "myself": lambda: self.show.user(self.company.projects["PLT"].lead),
            "serverInfo": self._server_info,
            "field": self.show.fields,
            "status": lambda: [self.show.status(status) for status in self.company.statuses],
            "priority": lambda: [self.show.priority(name) for name in PRIORITIES],
            "issuetype": lambda: [self.show.issue_type(name) for name in TYPES],
            "resolution": lambda: [self.show.resolution(name) for name in RESOLUTIONS],
        }
        return [
            *(Route(f"{API}/{name}", _always(answer)) for name, answer in lists.items()),
            Route(f"{API}/statuses/search", self.statuses),
            Route(f"{API}/project/search", self.projects),
            Route(f"{API}/project/{{key}}/versions", self.versions),
            Route(f"{API}/users/search", self.users),
            Route(f"{API}/search/jql", self.search, methods=["GET", "POST"]),
            Route(f"{API}/search/approximate-count", self.count, methods=["POST"]),
            Route(f"{API}/changelog/bulkfetch", self.bulk_changes, methods=["POST"]),
            Route(f"{API}/worklog/updated", self.updated_worklogs),
            Route(f"{API}/issue/{{key}}", self.issue),
            Route(f"{API}/issue/{{key}}/changelog", self.changelog),
            Route(f"{API}/issue/{{key}}/worklog", self.worklogs),
            Route(f"{API}/issue/{{key}}/remotelink", self.remote_links),
            Route(f"{AGILE}/board", self.boards),
            Route(f"{AGILE}/board/{{board:int}}/sprint", self.sprints),
            Route(f"{AGILE}/board/{{board:int}}/issue", self.board_issues),
            Route(f"{AGILE}/sprint/{{sprint:int}}", self.sprint),
        ]

    def _server_info(self) -> Json:
        return {
            "baseUrl": self.base,
            "version": "1001.0.0-SNAPSHOT",
            "versionNumbers": [1001, 0, 0],
            "deploymentType": "Cloud",
            "buildNumber": 100_200,
            "buildDate": "2026-11-01T00:00:00.000+0000",
            "serverTime": instant(self.company.now),
            "scmInfo": "demo",
            "serverTitle": "Jira",
        }

    async def statuses(self, request: Request) -> Response:
        """A page of statuses."""
        return self._page(request, [self.show.status_details(status) for status in self.company.statuses], 200)

    async def projects(self, request: Request) -> Response:
        """A page of projects."""
        ordered = sorted(self.company.projects.values(), key=lambda project: project.key)
        return self._page(request, [self.show.project(project, full=True) for project in ordered], 100)

    async def versions(self, request: Request) -> Response:
        """All versions of a project."""
        found = self.company.versions.get(request.path_params["key"])
        if found is None:
            raise Refusal(404, f"No project could be found with key '{request.path_params['key']}'.")
        return JSONResponse([self.show.version(version) for version in found])

    async def users(self, request: Request) -> Response:
        """A plain list of accounts, cut to the page asked for."""
        start, size = _whole(request, "startAt", 0), min(_whole(request, "maxResults", 50), 1000)
        return JSONResponse(self.show.users()[start : start + size])

    async def search(self, request: Request) -> Response:
        """Issues for a question, page after page by token."""
        asked = await _asked(request)
        question = self._question(asked.get("jql"))
        if not question.tests:
            raise Refusal(400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
        fields = _names(asked.get("fields", ["id"]))
        mark = str(zlib.crc32(repr((asked.get("jql"), fields)).encode()))
        start = _offset(asked.get("nextPageToken"), mark)
        wanted = None if "*all" in fields or "*navigable" in fields else set(fields)
        cap = _IDS_A_PAGE if wanted is not None and wanted <= {"id", "key"} else self.page_size
        size = max(min(int(asked.get("maxResults") or 50), cap), 1)
        found = question.apply(self.all_issues)
        page = found[start : start + size]
        changelog = "changelog" in _names(asked.get("expand", ""))
        answer: Json = {
            "issues": [self.show.issue(issue, wanted, changelog=changelog) for issue in page],
            "isLast": start + size >= len(found),
        }
        if not answer["isLast"]:
            answer["nextPageToken"] = _token(start + size, mark)
        return JSONResponse(answer)

    def _question(self, jql: Any) -> Question:
        try:
            return understand(str(jql or ""), self.company.now, self.company.projects)
        except JqlError as error:
            raise Refusal(400, str(error)) from error

    async def count(self, request: Request) -> Response:
        """How many issues answer a question."""
        asked = await _asked(request)
        return JSONResponse({"count": len(self._question(asked.get("jql")).apply(self.all_issues))})

    async def bulk_changes(self, request: Request) -> Response:
        """Changelogs of up to 1,000 issues, oldest changes of the smallest ids first."""
        asked = await _asked(request)
        keys = asked.get("issueIdsOrKeys") or []
        if not keys or len(keys) > _BULK_ISSUES:
            raise Refusal(400, f"The number of issues must be between 1 and {_BULK_ISSUES}.")
        found = {issue.id: issue for key in keys if (issue := self._find(str(key)))}
        changes = [(issue, change) for _, issue in sorted(found.items()) for change in _touching(issue, asked.get("fieldIds"))]
        start = _offset(asked.get("nextPageToken"), "changes")
        size = max(min(int(asked.get("maxResults") or 1000), _BULK_CHANGES), 1)
        answer: Json = {"issueChangeLogs": self._by_issue(changes[start : start + size])}
        if start + size < len(changes):
            answer["nextPageToken"] = _token(start + size, "changes")
        return JSONResponse(answer)

    def _by_issue(self, changes: Sequence[tuple[Issue, Change]]) -> list[Json]:
        grouped: dict[str, list[Json]] = {}
        for issue, change in changes:
            grouped.setdefault(str(issue.id), []).append(self.show.change(change))
        return [{"issueId": number, "changeHistories": histories} for number, histories in grouped.items()]

    async def updated_worklogs(self, request: Request) -> Response:
        """Ids of worklogs written since an instant (epoch milliseconds); those of the last minute are held back."""
        since = _whole(request, "since", 0)
        logs = sorted((int(log.created_at.timestamp() * 1000), log.id) for issue in self.all_issues for log in issue.worklogs)
        ended = int((self.company.now - timedelta(minutes=1)).timestamp() * 1000)
        due = [(at, number) for at, number in logs if since <= at <= ended]
        page = due[:1000]
        values = [{"worklogId": number, "updatedTime": at, "properties": []} for at, number in page]
        until = page[-1][0] if page else ended
        return JSONResponse({"values": values, "since": since, "until": until, "lastPage": len(due) <= len(page)})

    async def issue(self, request: Request) -> Response:
        """One issue."""
        fields = _names(request.query_params.get("fields", "*all"))
        wanted = None if "*all" in fields else set(fields)
        return JSONResponse(self.show.issue(self._issue(request), wanted, changelog="changelog" in request.query_params.get("expand", "")))

    async def changelog(self, request: Request) -> Response:
        """A page of the changelog of one issue, oldest first."""
        return self._page(request, [self.show.change(change) for change in self._issue(request).changes], 100)

    async def worklogs(self, request: Request) -> Response:
        """Logged time of one issue."""
        start, size = _whole(request, "startAt", 0), min(_whole(request, "maxResults", 5000), 5000)
        return JSONResponse(self.show.worklogs(self._issue(request), start, size))

    async def remote_links(self, request: Request) -> Response:
        """Links of one issue to the world outside."""
        issue = self._issue(request)
        return JSONResponse([self.show.remote_link(issue, link) for link in issue.remote_links])

    async def boards(self, request: Request) -> Response:
        """A page of boards."""
        project = request.query_params.get("projectKeyOrId")
        found = [board for board in self.company.boards.values() if project in (None, board.project)]
        return self._page(request, [self.show.board(board) for board in found], 50, counted=True)

    async def sprints(self, request: Request) -> Response:
        """A page of the sprints of a board."""
        found = self.company.sprints.get(request.path_params["board"])
        if found is None:
            raise Refusal(
                404, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it."
            )
        states = _names(request.query_params.get("state", ""))
        chosen = [self.show.sprint(sprint) for sprint in found if not states or sprint.state in states]
        return self._page(request, chosen, 50, counted=True)

    async def board_issues(self, request: Request) -> Response:
        """A page of the issues of a board."""
        board = self.company.boards.get(request.path_params["board"])
        if board is None:
            raise Refusal(
                404, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it."
            )
        found = [issue for issue in self.company.issues[board.project] if issue.type not in ("Epic", "Sub-task")]
        start, size = _whole(request, "startAt", 0), min(_whole(request, "maxResults", 50), 100)
        shown = [self.show.issue(issue, None) for issue in found[start : start + size]]
        return JSONResponse({"expand": "schema,names", "startAt": start, "maxResults": size, "total": len(found), "issues": shown})

    async def sprint(self, request: Request) -> Response:
        """One sprint."""
        number = request.path_params["sprint"]
        found = next((sprint for sprints in self.company.sprints.values() for sprint in sprints if sprint.id == number), None)
        if found is None:
            raise Refusal(404, "Sprint does not exist.")
        return JSONResponse(self.show.sprint(found))

    def _find(self, key: str) -> Issue | None:
        return self.by_id.get(key) or self.company.issues_by_key.get(key.upper())

    def _issue(self, request: Request) -> Issue:
        found = self._find(request.path_params["key"])
        if found is None:
            raise Refusal(404, "Issue does not exist or you do not have permission to see it.")
        return found

    def _page(self, request: Request, values: list[Item], cap: int, *, counted: bool = True) -> Response:
        start, size = _whole(request, "startAt", 0), max(min(_whole(request, "maxResults", 50), cap), 1)
        page = values[start : start + size]
        totals = {"total": len(values)} if counted else {}
        return JSONResponse({"startAt": start, "maxResults": size, **totals, "isLast": start + size >= len(values), "values": page})


def _touching(issue: Issue, fields: Any) -> list[Change]:
    wanted = set(fields or ())
    return [change for change in issue.changes if not wanted or any(item.field_id in wanted for item in change.items)]


def _always(answer: Callable[[], Any]) -> Callable[[Request], Any]:
    async def endpoint(_request: Request) -> Response:
        return JSONResponse(answer())

    return endpoint


async def _asked(request: Request) -> Json:
    """What is asked, in the query of a GET or the body of a POST."""
    if request.method == "GET":
        return dict(request.query_params)
    try:
        body = json.loads(await request.body())
    except ValueError as error:
        raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return body


def _names(value: Any) -> list[str]:
    parts = value.split(",") if isinstance(value, str) else value
    return [str(part).strip() for part in parts if str(part).strip()]


def _whole(request: Request, name: str, default: int) -> int:
    try:
        return max(int(request.query_params.get(name, default)), 0)
    except ValueError as error:
        raise Refusal(400, f"{name} must be a number.") from error


def _token(offset: int, mark: str) -> str:
    return base64.urlsafe_b64encode(f"{mark}:{offset}".encode()).decode()


def _offset(token: Any, mark: str) -> int:
    """Where the page of a token begins; a token is good for its own question only."""
    if not token:
        return 0
    try:
        told, _, offset = base64.urlsafe_b64decode(str(token)).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise Refusal(400, "The provided next page token is invalid.") from error
    if told != mark or not offset.isdecimal():
        raise Refusal(400, "The provided next page token is invalid.")
    return int(offset)
