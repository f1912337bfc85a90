"""Asking GitHub's GraphQL: what its errors mean, page sizes that adapt, several repositories in one question."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from etl.answers import OK, Answer, Verdict, backoff_s, judge, parse_reset
from etl.entity import Raw
from etl.github.accounts import Accounts
from store.errors import AccessRefused, PulseError, UpstreamError, UpstreamGone

T = TypeVar("T")
PAGE = 100
SMALLEST_PAGE = 5
GROW_AFTER = 20
"""Pages in a row that must work before a size that was refused is tried again; doubled with each refusal."""
TRIES_AT_SMALLEST = 5
TOGETHER = 25
"""Repositories in one question."""
GATHER_S = 0.01
"""Seconds in which questions of the same kind are gathered."""
TOO_MUCH_STATUSES = frozenset({502, 504})
TOO_MUCH_TYPES = frozenset({"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"})
TOO_MUCH_WORDS = ("something went wrong while executing your query", "timedout", "timed out", "timeout", "resource limits")
ABSENT_TYPES = frozenset({"NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE"})
"""Errors that leave a hole in the data and nothing else: what was asked for is gone or not for us."""
REFUSED_TYPES = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES", "SAML_FAILURE", "UNAUTHORIZED"})


class TooMuch(UpstreamError):
    """The question was more than GitHub computes at once; a smaller page may work."""


@dataclass(frozen=True)
class Fragment:
    """A named part of a query over one type."""

    name: str
    on: str
    body: str
    uses: tuple["Fragment", ...] = ()

    def text(self) -> str:
        """Its definition with those of the fragments it uses, each once."""
        return "\n".join(f"fragment {part.name} on {part.on} {part.body}" for part in self.closure())

    def closure(self) -> tuple["Fragment", ...]:
        """Itself and all it uses, without doubles."""
        found = {self.name: self}
        for part in self.uses:
            found.update({inner.name: inner for inner in part.closure()})
        return tuple(found.values())


@dataclass
class PageSize:
    """How many records to ask for: halved when refused, tried larger again much later."""

    current: int = PAGE
    refused: int | None = None
    worked: int = 0
    patience: int = GROW_AFTER

    def went_well(self) -> None:
        """A page of the current size came."""
        self.worked += 1
        if self.refused is not None and self.worked >= self.patience:
            self.current, self.worked = min(PAGE, self.current * 2), 0

    def shrink(self, size: int) -> bool:
        """A page of `size` was refused; False when there is nothing smaller to ask for."""
        if size <= SMALLEST_PAGE:
            return False
        if self.refused is not None:
            self.patience *= 2
        self.refused, self.worked = size, 0
        self.current = max(SMALLEST_PAGE, min(self.current, size // 2))
        return True


def judge_graphql(answer: Answer, attempt: int, now: datetime) -> Verdict:
    """GraphQL answers 200 over a limit too, and 502 over a question that was too much."""
    if answer.status in TOO_MUCH_STATUSES:
        return OK
    if answer.status == 200 and any(_is_limit(error) for error in errors_of(answer.document)):
        return Verdict("wait", (parse_reset(answer.headers.get("x-ratelimit-reset"), now) or 60.0) + 1.0, "has no points left for us")
    return judge(answer, attempt, now)


def _is_empty(data: Raw) -> bool:
    return all(value is None for name, value in data.items() if name != "rateLimit")


def errors_of(document: Any) -> list[Raw]:
    """The errors in a GraphQL answer."""
    return [error for error in document.get("errors") or [] if isinstance(error, dict)] if isinstance(document, dict) else []


def _is_limit(error: Raw) -> bool:
    return error.get("type") in ("RATE_LIMITED", "RATE_LIMIT")


def _is_too_much(error: Raw) -> bool:
    said = str(error.get("message", "")).lower()
    return error.get("type") in TOO_MUCH_TYPES or any(word in said for word in TOO_MUCH_WORDS)


class Waiting(NamedTuple):
    """A repository, from where on its list is asked for, and who waits for it."""

    name: str
    after: str | None
    future: asyncio.Future[Raw]


@dataclass
class _Question:
    """Repositories waiting to be asked the same thing."""

    fragment: Fragment
    variables: Mapping[str, Any]
    waiting: list["Waiting"] = field(default_factory=list)


class GraphQL:
    """Questions to one GraphQL endpoint, each asked by an account of the organisation it is about."""

    def __init__(self, accounts: Accounts, url: str) -> None:
        self._accounts, self._url = accounts, url
        self._questions: dict[tuple[Any, ...], _Question] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._flushes: set[asyncio.Task[None]] = set()
        self.sizes: dict[str, PageSize] = {}

    async def ask(self, query: str, variables: Mapping[str, Any], *, owner: str | None = None) -> Raw:
        """The data of an answer to a question of fixed size, asked again when GitHub could not compute it in time."""
        for attempt in range(TRIES_AT_SMALLEST):
            try:
                return await self.ask_once(query, variables, owner=owner)
            except TooMuch:
                await self._pause(attempt)
        return await self.ask_once(query, variables, owner=owner)

    async def _pause(self, attempt: int) -> None:
        await self._accounts.of(None).http.pause(backoff_s(attempt), "could not compute an answer in time")

    async def ask_once(self, query: str, variables: Mapping[str, Any], *, owner: str | None = None) -> Raw:
        """The data of an answer; parts that are gone or not permitted are null in it. `owner` is the organisation it is about.

        Raises:
            TooMuch: GitHub could not compute it in time.
            UpstreamGone, AccessRefused, UpstreamError: there is no data at all.
        """
        http = await self._accounts.of(owner or variables.get("login") or variables.get("o0")).signed_in()
        answer = await http.post(self._url, {"query": query, "variables": dict(variables)}, judge=judge_graphql)
        if answer.status in TOO_MUCH_STATUSES:
            raise TooMuch(f"GitHub answers {answer.status} to a GraphQL question.")
        document = answer.json()
        errors = errors_of(document)
        if any(_is_too_much(error) for error in errors):
            raise TooMuch(f"GitHub says: {errors[0].get('message', '')!s:.200}")
        data: Raw | None = document.get("data") if isinstance(document, dict) else None
        if not data or any(error.get("type") not in ABSENT_TYPES for error in errors) or (errors and _is_empty(data)):
            raise _failure(errors)
        http.charge((data.get("rateLimit") or {}).get("cost") or 0)
        return data

    async def sized(self, kind: str, ask: Callable[[int], Awaitable[T]]) -> T:
        """Ask with a page size that GitHub can bear."""
        size = self.sizes.setdefault(kind, PageSize())
        for attempt in range(100):
            asked = size.current
            try:
                result = await ask(asked)
            except TooMuch:
                if not size.shrink(asked):
                    if attempt >= TRIES_AT_SMALLEST:
                        raise
                    await self._pause(attempt)
                continue
            size.went_well()
            return result
        raise TooMuch("GitHub refuses pages of every size.")

    async def repository(self, full_name: str, fragment: Fragment, variables: Mapping[str, Any], *, together: bool = False) -> Raw:
        """What a fragment selects of one repository; with `together`, equal questions about others are asked in the same request.

        `after`, from where on a list is asked for, may differ among them.

        Raises:
            UpstreamGone: the repository is gone.
        """
        shared = {name: value for name, value in variables.items() if name != "after"}
        one = Waiting(full_name, variables.get("after"), asyncio.get_running_loop().create_future())
        if not together:
            return _present((await self._ask_many([one], fragment, shared))["r0"], full_name)
        key = (fragment.name, self._accounts.group(full_name.partition("/")[0]), *sorted(shared.items()))
        question = self._questions.setdefault(key, _Question(fragment, shared))
        question.waiting.append(one)
        if len(question.waiting) == 1:
            task = asyncio.create_task(self._flush(key))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)
        return await one.future

    async def _flush(self, key: tuple[Any, ...]) -> None:
        await asyncio.sleep(GATHER_S)
        async with self._turns.setdefault(key[0], asyncio.Lock()):  # while one is under way the next ones gather
            await self._ask_gathered(self._questions.pop(key))

    async def _ask_gathered(self, question: _Question) -> None:
        """Ask for all that wait; nobody is left waiting, however it ends."""
        ending: BaseException = asyncio.CancelledError()
        try:
            for start in range(0, len(question.waiting), TOGETHER):
                await self._answer(question, question.waiting[start : start + TOGETHER])
        except PulseError as error:
            ending = error
        finally:
            for one in question.waiting:
                _settle(one.future, ending)

    async def _answer(self, question: _Question, waiting: list[Waiting]) -> None:
        """Ask for several; where that is too much or one spoils it, each for itself."""
        try:
            found = await self._ask_many(waiting, question.fragment, question.variables)
        except UpstreamError as error:
            for one in waiting:
                if len(waiting) == 1 or one.future.done():
                    _settle(one.future, error)
                else:
                    await self._answer(question, [one])
            return
        for index, one in enumerate(waiting):
            if not one.future.done():
                try:
                    one.future.set_result(_present(found.get(f"r{index}"), one.name))
                except UpstreamGone as error:
                    one.future.set_exception(error)

    async def _ask_many(self, places: Sequence[Waiting], fragment: Fragment, variables: Mapping[str, Any]) -> Raw:
        query, values = question_of(places, fragment, variables)
        return await self.ask_once(query, values)


def question_of(places: Sequence[Waiting], fragment: Fragment, variables: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """A question about several repositories, and its variables. Where some of them are read on, each has a place of its own to start from."""
    values = dict(variables)
    for index, place in enumerate(places):
        values[f"o{index}"], _, values[f"n{index}"] = place.name.partition("/")
    declared = [f"$o{index}: String!, $n{index}: String!" for index in range(len(places))]
    declared += [f"${name}: {KINDS[name]}" for name in variables]
    starts = {place.after for place in places}
    if len(starts) == 1:
        values |= {"after": starts.pop()}
        bodies, parts = [f"{{ ...{fragment.name} }}"] * len(places), [fragment]
        declared += ["$after: String"] if "$after" in fragment.body else []
    else:
        values |= {f"a{index}": place.after for index, place in enumerate(places)}
        bodies, parts = [fragment.body.replace("$after", f"$a{index}") for index in range(len(places))], [*fragment.uses]
        declared += [f"$a{index}: String" for index in range(len(places))]
    asked = " ".join(f"r{index}: repository(owner: $o{index}, name: $n{index}) {body}" for index, body in enumerate(bodies))
    known = {inner.name: inner for part in parts for inner in part.closure()}
    text = "\n".join(f"fragment {part.name} on {part.on} {part.body}" for part in known.values())
    return f"query {fragment.name}Of({', '.join(declared)}) {{ rateLimit {{ cost }} {asked} }}\n{text}", values


KINDS = {"first": "Int!"}
"""Types of the variables that fragments share."""


def _settle(future: "asyncio.Future[Raw]", error: BaseException) -> None:
    if future.done():
        return
    if isinstance(error, asyncio.CancelledError):
        future.cancel()
    else:
        future.set_exception(error)


def _present(found: Raw | None, full_name: str) -> Raw:
    if found is None:
        raise UpstreamGone(f"GitHub no longer shows {full_name}: it was deleted, renamed or made private.")
    return found


def _failure(errors: list[Raw]) -> UpstreamError:
    said = "; ".join(str(error.get("message", ""))[:200] for error in errors[:3]) or "no data and no error"
    kinds = {error.get("type") for error in errors}
    if kinds and kinds <= {"NOT_FOUND"}:
        return UpstreamGone(f"GitHub no longer has it: {said}")
    if kinds & REFUSED_TYPES:
        return AccessRefused(f"GitHub does not permit it: {said.rstrip('.')}. Give the token that permission, or leave it out.")
    return UpstreamError(f"GitHub's GraphQL answers with an error: {said}")
