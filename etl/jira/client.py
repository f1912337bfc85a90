"""Questions to a Jira site, Cloud or Data Center: its paths and its ways to page."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Self

from etl.entity import Page, Position, Raw, Scope
from etl.http import Http
from etl.jira.jql import quoted
from etl.jira.lookups import Lookups, make_lookups
from store.config import PulseConfig
from store.errors import QuestionRefused, UpstreamError, UpstreamGone

AGILE = "rest/agile/1.0"
FRESH_S = 3600
"""Seconds after which what changes slowly (fields, statuses, boards, accounts, …) is read again; a full sync always reads it."""
_EMPTY_PAGES = 3
"""Empty pages in a row that say there is more, before we stop believing it."""


class JiraClient:
    """One site. `learn` tells it what the store knows: project keys, open sprints, fields to ask for."""

    def __init__(self, http: Http, *, is_cloud: bool, projects: Sequence[str] = ()) -> None:
        self.http = http
        self.is_cloud = is_cloud
        self.api = "rest/api/3" if is_cloud else "rest/api/2"
        self.projects = tuple(projects)
        self.lookups: Lookups = make_lookups(PulseConfig(), (), ())
        self.has_bulk_history = is_cloud
        self.issue_total = 0
        """Issues of the projects read, where Jira says so; for the progress bar."""
        self.unknown: UpstreamGone | None = None
        """Why not all projects that are set are read."""

    async def __aenter__(self) -> Self:
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.http.__aexit__(*exception)

    def learn(self, lookups: Mapping[str, Any]) -> None:
        """Take over what the store knows by now; called before each entity."""
        found = lookups.get("jira")
        if isinstance(found, Lookups):
            self.lookups = found

    @property
    def project_keys(self) -> tuple[str, ...]:
        """The projects to read: those set, else all that are known."""
        return tuple(sorted(self.projects or self.lookups.project_keys))

    async def leave_out_unknown(self) -> bool:
        """After a refused question: leave out the projects of the settings that Jira refuses; whether there were any, and others.

        Each is asked for alone, since the words of a refusal are in the language of the account.
        """
        known = [key for key in self.projects if await self._shows(key)]
        missing = [key for key in self.projects if key not in known]
        if not known or not missing:
            return False
        self.projects, host = tuple(known), self.http.base.host
        self.unknown = UpstreamGone(f"Jira at {host} does not know {', '.join(missing)} or does not show it to us. Check JIRA_PROJECTS.")
        return True

    async def _shows(self, project: str) -> bool:
        try:
            await self.found({"jql": f"project = {quoted(project)}", "fields": ["id"]}, None, size=1)
        except QuestionRefused:
            return False
        return True

    def page(self, records: Sequence[Raw], next_cursor: Raw | None, total: int | None = None) -> Page:
        """A page stamped with the source's clock."""
        return Page(records, next_cursor, server_time=self.http.server_time, total=total)

    async def whole(self, path: str, query: Mapping[str, str | int | None] | None = None) -> Page:
        """The only page of an answer that is a list or one record."""
        answer = await self.http.get_json(path, query)
        return self.page(answer if isinstance(answer, list) else [answer], None)

    async def numbered(self, path: str, query: Mapping[str, str | int | None], position: Position, *, size: int) -> AsyncIterator[Page]:
        """Pages with `startAt`, `values` and `isLast` or `total`."""
        start = int((position.cursor or {}).get("startAt", 0))
        while True:
            answer = await self.http.get_json(path, {**query, "startAt": start, "maxResults": size})
            values = list(answer.get("values") or [])
            start += len(values)
            total = answer.get("total")
            is_last = answer.get("isLast") is True or not values or (isinstance(total, int) and start >= total)
            yield self.page(values, None if is_last else {"startAt": start}, total)
            if is_last:
                return

    async def counted(self, path: str, query: Mapping[str, str | int | None], position: Position, *, size: int) -> AsyncIterator[Page]:
        """Pages that are plain lists; Jira may send fewer than asked for, so only an empty one ends them."""
        start = int((position.cursor or {}).get("startAt", 0))
        while True:
            values = list(await self.http.get_json(path, {**query, "startAt": start, "maxResults": size}))
            start += len(values)
            yield self.page(values, {"startAt": start} if values else None)
            if not values:
                return

    async def listed(self, path: str, member: str, *, size: int) -> AsyncIterator[list[Raw]]:
        """The records under `member`, page after page."""
        start = 0
        while True:
            answer = await self.http.get_json(path, {"startAt": start, "maxResults": size})
            values = list(answer.get(member) or [])
            yield values
            start += len(values)
            if not values or answer.get("isLast") is True or start >= int(answer.get("total") or 0):
                return

    async def found(self, question: Mapping[str, Any], token: Any, *, size: int) -> tuple[list[Raw], Any]:
        """One page of issues for a JQL question and the token of the next one (None: that was the last)."""
        if self.is_cloud:
            body = {**question, "maxResults": size, **({"nextPageToken": token} if token else {})}
            answer = (await self.http.post(f"{self.api}/search/jql", body)).json()
            following = None if answer.get("isLast") is True else answer.get("nextPageToken") or None
            return list(answer.get("issues") or []), following
        start = int(token or 0)
        expand = [part for part in str(question.get("expand", "")).split(",") if part]
        body = {**question, "expand": expand, "startAt": start, "maxResults": size}
        answer = (await self.http.post(f"{self.api}/search", body)).json()
        issues = list(answer.get("issues") or [])
        start += len(issues)
        return issues, start if issues and start < int(answer.get("total") or 0) else None

    async def search(self, question: Mapping[str, Any], token: Any = None, *, size: int) -> AsyncIterator[tuple[list[Raw], Any, Any]]:
        """Pages of issues with the token that brought each and the token of the next.

        Raises:
            UpstreamError: the source repeats a token or sends only empty pages.
        """
        seen, empty = {token}, 0
        while True:
            issues, following = await self.found(question, token, size=size)
            empty = 0 if issues else empty + 1
            yield issues, token, following
            if following is None:
                return
            if following in seen or empty > _EMPTY_PAGES:
                raise UpstreamError(
                    f"Jira at {self.http.base.host} repeats its page tokens; this pass stops and the next sync begins it again."
                )
            seen.add(following)
            token = following


async def nothing_of_its_own(_client: JiraClient, _scope: Scope, _position: Position) -> AsyncIterator[Page]:
    """The pages of what arrives inside other records (histories and worklogs inside issues): none; its parser reads recorded ones."""
    nothing: tuple[Page, ...] = ()
    for page in nothing:
        yield page
