"""Lists that each organisation has: one after the other, and one that refuses us does not keep the others from being read."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

from etl.entity import Page, Position, Raw
from etl.github.client import GitHub
from etl.github.shapes import nodes
from store.errors import REFUSALS, PulseError

Ask = Callable[[str, str | None], Awaitable[Raw]]
"""The connection of an organisation (login) from a cursor on."""
# Questions about an organisation ask for the `repositoryOwner` too: for a user GitHub says that there is no such organisation, and without
# anything else in the answer that means that there is no such name.
NOTHING: Raw = {"nodes": [], "pageInfo": {"hasNextPage": False}}


class Owned(NamedTuple):
    """A page, and the organisation it is about."""

    login: str
    page: Page


async def of_owners(client: GitHub, position: Position, ask: Ask) -> AsyncIterator[Owned]:
    """The pages of a connection of each organisation that is set.

    Raises:
        ConfigurationError, AccessRefused, UpstreamGone: the organisation refuses us, and no other one does not.
    """
    place, failures = position.cursor or {"owner": 0, "after": None}, list[PulseError]()
    while True:
        login, failure = client.owners[place["owner"]], None
        try:
            found = await ask(login, place["after"])
        except REFUSALS as error:
            failure, found = error, NOTHING
            failures.append(error)
            if len(failures) == len(client.owners):
                raise
        following = _following(client, place, found["pageInfo"])
        gaps = failure is not None or None in (found.get("nodes") or ())
        yield Owned(
            login, Page(nodes(found), following, client.http.server_time, total=found.get("totalCount"), gaps=gaps, failure=failure)
        )
        if following is None:
            return
        place = following


def _following(client: GitHub, place: Raw, info: Raw) -> Raw | None:
    if info["hasNextPage"]:
        return {"owner": place["owner"], "after": info["endCursor"]}
    return {"owner": place["owner"] + 1, "after": None} if place["owner"] + 1 < len(client.owners) else None
