"""An invented Jira on loopback: real HTTP, real paging, a real JQL clock, and whatever misbehaviour a test asks for."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

Raw = dict[str, Any]
IDS_A_PAGE = 5000
"""Issues in an answer that carries nothing but ids."""
EMBEDDED_ENTRIES = 40
"""History entries that a search result carries at most."""
FIELDS: list[Raw] = [
    {"id": "summary", "name": "Summary", "custom": False, "schema": {"type": "string", "system": "summary"}},
    {"id": "duedate", "name": "Due date", "custom": False, "schema": {"type": "date", "system": "duedate"}},
    {
        "id": "customfield_1",
        "name": "Sprint",
        "custom": True,
        "schema": {"type": "array", "items": "json", "custom": "com.pyxis.greenhopper.jira:gh-sprint"},
    },
    {"id": "customfield_2", "name": "Story Points", "custom": True, "schema": {"type": "number", "custom": "x:float"}},
]
STATUSES: list[Raw] = [
    {"id": "1", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do"}},
    {"id": "2", "name": "In Progress", "statusCategory": {"id": 4, "key": "indeterminate", "name": "In Progress"}},
    {"id": "3", "name": "Done", "statusCategory": {"id": 3, "key": "done", "name": "Done"}},
]


@dataclass
class Answered:
    """One exchange, for later judgement."""

    method: str
    path: str
    query: Raw
    body: Any
    headers: dict[str, str]
    status: int
    answer: Any


@dataclass
class Reply:
    """What goes back; `cut` drops the end of the body, `raw` replaces it."""

    answer: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    cut: bool = False


Fault = Callable[[str], Reply | None]


@dataclass
class FakeJira:
    """The site: its records, its clock and its manners."""

    page_cap: int = 5000
    bulk: bool = True
    careless: bool = False
    """Answer with whatever is stored, however broken."""
    zone: str = "America/New_York"
    clock: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 12, 0, tzinfo=UTC))
    issues: dict[str, Raw] = field(default_factory=dict)
    histories: dict[str, list[Raw]] = field(default_factory=dict)
    sprints: dict[int, Raw] = field(default_factory=dict)
    boards: list[Raw] = field(default_factory=lambda: [{"id": 8, "name": "PAY board", "type": "scrum"}])
    """Only board 8 has sprints."""
    projects: list[Raw] = field(default_factory=lambda: [{"id": "1", "key": "PAY", "name": "Payments"}])
    exchanges: list[Answered] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    expired: set[str] = field(default_factory=set)
    url: str = ""

    def add_issue(self, number: int, *, entries: int = 2, **fields: Any) -> Raw:
        """An issue of project PAY that changed `entries` times."""
        created = self.clock - timedelta(days=30) + timedelta(minutes=number)
        key = str(10_000 + number)
        self.histories[key] = [self._entry(number, place, created) for place in range(entries)]
        self.issues[key] = {
            "id": key,
            "key": f"PAY-{number}",
            "self": f"{self.url}/rest/api/3/issue/{key}",
            "fields": {
                "summary": f"Work {number}",
                "issuetype": {"id": "10", "name": "Story", "subtask": False, "hierarchyLevel": 0},
                "project": {"id": "1", "key": "PAY", "name": "Payments"},
                "status": STATUSES[1],
                "created": stamp(created),
                "updated": stamp(created + timedelta(hours=entries)),
                "creator": {"accountId": "ana", "displayName": "Ana", "accountType": "atlassian"},
                "assignee": None,
                "labels": [],
                "customfield_2": 3.0,
                **fields,
            },
        }
        return self.issues[key]

    def _entry(self, number: int, place: int, created: datetime) -> Raw:
        item = {
            "field": "status",
            "fieldtype": "jira",
            "fieldId": "status",
            "from": "1",
            "fromString": "To Do",
            "to": "2",
            "toString": "In Progress",
        }
        other = {
            "field": "summary",
            "fieldtype": "jira",
            "fieldId": "summary",
            "from": None,
            "fromString": f"v{place}",
            "to": None,
            "toString": "x",
        }
        author = {"accountId": "ana", "displayName": "Ana", "accountType": "atlassian"}
        at = stamp(created + timedelta(hours=place + 1))
        return {"id": str(number * 1000 + place), "created": at, "author": author, "items": [item if place == 0 else other]}

    def touch(self, key: str, **fields: Any) -> None:
        """Change an issue now; its history tells."""
        self.clock += timedelta(minutes=1)
        self.issues[key]["fields"].update(fields, updated=stamp(self.clock))
        entry = self._entry(int(key) - 10_000, len(self.histories[key]), self.clock)
        self.histories[key].append({**entry, "created": stamp(self.clock)})

    def count(self, part: str = "") -> int:
        """Requests so far whose path holds `part`."""
        return sum(part in exchange.path for exchange in self.exchanges)

    def answer(self, path: str, query: Raw, body: Any) -> Reply:
        """What the site says."""
        if path.startswith("/rest/api/3/changelog/bulkfetch"):
            return self._bulk(body) if self.bulk else Reply({"errorMessages": ["null for uri"]}, 404)
        for pattern, handler in self._routes().items():
            if found := re.fullmatch(pattern, path):
                return handler(query, body, *found.groups())
        return Reply({"errorMessages": ["No such resource"]}, 404)

    def _routes(self) -> dict[str, Callable[..., Reply]]:
        lists: dict[str, Any] = {
            r"/rest/api/[23]/field": FIELDS,
            r"/rest/api/[23]/status": STATUSES,
            r"/rest/api/[23]/myself": {"accountId": "me", "displayName": "Pulse", "timeZone": self.zone, "accountType": "app"},
            r"/rest/api/2/project": self.projects,
        }
        return {
            **{pattern: lambda _query, _body, answer=answer: Reply(answer) for pattern, answer in lists.items()},
            r"/rest/api/3/project/search": lambda query, _body: self._values(self.projects, query),
            r"/rest/api/[23]/project/(\w+)/versions": lambda _query, _body, key: self._versions(key),
            r"/rest/api/[23]/users?/search": lambda query, _body: Reply(
                [] if int(query["startAt"]) else [{"accountId": "ana", "displayName": "Ana"}]
            ),
            r"/rest/agile/1.0/board": lambda query, _body: self._values(self.boards, query),
            r"/rest/agile/1.0/board/(\d+)/sprint": lambda query, _body, board: self._sprints(board, query),
            r"/rest/api/3/search/jql": lambda _query, body: self._search(body),
            r"/rest/api/2/search": lambda _query, body: self._old_search(body),
            r"/rest/api/3/issue/(\d+)/changelog": lambda query, _body, key: self._values(self.histories[key], query),
            r"/rest/api/3/issue/(\d+)/worklog": lambda query, _body, key: self._worklogs(key, query),
            r"/rest/api/3/issue/(\d+)/remotelink": lambda _query, _body, key: self._remote_links(key),
        }

    def _values(self, records: list[Raw], query: Raw) -> Reply:
        start, size = int(query.get("startAt", 0)), min(int(query.get("maxResults", 50)), 100)
        values = records[start : start + size]
        return Reply(
            {"startAt": start, "maxResults": size, "total": len(records), "isLast": start + size >= len(records), "values": values}
        )

    def _versions(self, key: str) -> Reply:
        if all(project["key"] != key for project in self.projects):
            return Reply({"errorMessages": [f"No project could be found with key '{key}'."]}, 404)
        return Reply([{"id": "70", "name": "1.0", "released": True, "releaseDate": "2026-02-01", "projectId": 1}])

    def _sprints(self, board: str, query: Raw) -> Reply:
        if board != "8":
            return Reply({"errorMessages": ["The board does not support sprints"]}, 400)
        return self._values(list(self.sprints.values()), query)

    def _remote_links(self, key: str) -> Reply:
        if key not in self.issues:
            return Reply({"errorMessages": ["Issue does not exist or you do not have permission to see it."]}, 404)
        fix = {"id": 5, "self": self.url, "object": {"url": "https://git.example/o/r/commit/abcdef1", "title": "fix"}}
        return Reply([fix])

    def _worklogs(self, key: str, query: Raw) -> Reply:
        if key not in self.issues:
            return Reply({"errorMessages": ["Issue does not exist or you do not have permission to see it."]}, 404)
        logs = self.issues[key]["all_worklogs"]
        start = int(query.get("startAt", 0))
        return Reply({"startAt": start, "maxResults": 1000, "total": len(logs), "worklogs": logs[start : start + 1000]})

    def _asked_in_vain(self, jql: str) -> str | None:
        """The first id in a question that no issue has: Jira then refuses the whole question."""
        ids = re.search(r"id in \(([^)]*)\)", jql)
        return next((name for part in ids.group(1).split(",") if (name := part.strip()) not in self.issues), None) if ids else None

    def _matching(self, jql: str) -> list[Raw]:
        if self.careless:
            return list(self.issues.values())
        found = sorted(self.issues.values(), key=lambda issue: (issue["fields"]["created"], issue["key"]))
        if since := re.search(r'updated >= "([^"]+)"', jql):
            local = datetime.strptime(since.group(1), "%Y/%m/%d %H:%M").replace(tzinfo=ZoneInfo(self.zone))
            found = [issue for issue in found if datetime.fromisoformat(issue["fields"]["updated"]) >= local]
        if ids := re.search(r"id in \(([^)]*)\)", jql):
            found = [issue for issue in found if issue["id"] in {part.strip() for part in ids.group(1).split(",")}]
        if sprints := re.search(r"sprint in \(([^)]*)\)", jql):
            wanted = {int(part) for part in sprints.group(1).split(",")}
            found = [issue for issue in found if wanted & {sprint["id"] for sprint in issue["fields"].get("customfield_1") or ()}]
        return found

    def _shown(self, issue: Raw, body: Raw, *, whole: bool) -> Raw:
        if self.careless:
            return {**issue}
        fields = {name: value for name, value in issue["fields"].items() if name in body["fields"]}
        shown = {"id": issue["id"], "key": issue["key"], "self": issue["self"], "fields": fields}
        if "changelog" not in (body.get("expand") or ""):
            return shown
        newest_first = self.histories[issue["id"]][::-1]
        cut = newest_first if whole else newest_first[:EMBEDDED_ENTRIES]
        return {**shown, "changelog": {"startAt": 0, "maxResults": len(cut), "total": len(newest_first), "histories": cut}}

    def _search(self, body: Raw) -> Reply:
        token = body.get("nextPageToken") or "p0"
        if token in self.expired:
            return Reply({"errorMessages": ["The nextPageToken is no longer valid."]}, 400)
        if unknown := self._asked_in_vain(body["jql"]):
            return Reply({"errorMessages": [f"An issue with key '{unknown}' does not exist for field 'id'."]}, 400)
        found, start = self._matching(body["jql"]), int(token[1:])
        size = min(int(body["maxResults"]), IDS_A_PAGE if body["fields"] == ["id"] else self.page_cap)
        page = [self._shown(issue, body, whole=False) for issue in found[start : start + size]]
        is_last = start + size >= len(found)
        return Reply({"issues": page, "isLast": is_last, **({} if is_last else {"nextPageToken": f"p{start + size}"})})

    def _old_search(self, body: Raw) -> Reply:
        found, start = self._matching(body["jql"]), int(body["startAt"])
        size = min(int(body["maxResults"]), self.page_cap)
        page = [self._shown(issue, body, whole=True) for issue in found[start : start + size]]
        return Reply({"issues": page, "startAt": start, "maxResults": size, "total": len(found)})

    def _bulk(self, body: Raw) -> Reply:
        ids, size = body["issueIdsOrKeys"], body["maxResults"]
        every = [(key, entry) for key in ids for entry in self.histories.get(key, ())]
        start = int((body.get("nextPageToken") or "b0")[1:])
        grouped: dict[str, list[Raw]] = {}
        for key, entry in every[start : start + size]:
            grouped.setdefault(key, []).append(entry)
        logs = [{"issueId": key, "changeHistories": entries} for key, entries in grouped.items()]
        return Reply({"issueChangeLogs": logs, **({"nextPageToken": f"b{start + size}"} if start + size < len(every) else {})})


def stamp(moment: datetime) -> str:
    """An instant as Jira writes it, in the zone of some account."""
    return (
        moment.astimezone(ZoneInfo("America/New_York")).strftime("%Y-%m-%dT%H:%M:%S.")
        + f"{moment.microsecond // 1000:03d}"
        + moment.astimezone(ZoneInfo("America/New_York")).strftime("%z")
    )


async def exchange(site: FakeJira, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read one request and answer it, well or badly."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    sent = await reader.readexactly(int(headers.get("content-length", 0)))
    parts = urlsplit(target)
    body, query = json.loads(sent) if sent else None, dict(parse_qsl(parts.query))
    reply = next((found for fault in list(site.faults) if (found := fault(parts.path))), None) or site.answer(parts.path, query, body)
    site.exchanges.append(Answered(method, parts.path, query, body, headers, reply.status, reply.answer))
    content = reply.raw if reply.raw is not None else json.dumps(reply.answer).encode()
    kept = {
        "content-type": "application/json",
        "date": format_datetime(site.clock, usegmt=True),
        "content-length": str(len(content)),
        "connection": "close",
    }
    written = "".join(f"{name}: {value}\r\n" for name, value in (kept | reply.headers).items())
    writer.write(f"HTTP/1.1 {reply.status} X\r\n{written}\r\n".encode() + (content[: len(content) // 2] if reply.cut else content))
    await writer.drain()


@contextlib.asynccontextmanager
async def listening() -> AsyncIterator[FakeJira]:
    """An invented site on a free port, for the block."""
    found = FakeJira()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await exchange(found, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**24)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield found


def planned(reply: Reply, part: str, *, after: int, times: int) -> Fault:
    """A fault for `times` requests whose path holds `part`, after the first `after` of them."""
    seen = [0]

    def fault(path: str) -> Reply | None:
        if part not in path:
            return None
        seen[0] += 1
        return reply if after < seen[0] <= after + times else None

    return fault
