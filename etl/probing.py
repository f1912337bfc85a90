"""Whether a source answers and accepts the credentials: one small question to each account, which every kind of server has an answer to."""

from typing import Any

from etl.entity import Source
from etl.github.client import GitHub
from etl.jira.client import JiraClient

QUESTION = "query Probe { rateLimit { cost } }"
"""GitHub Enterprise Server says 404 to REST's `/rate_limit` while it limits nobody, as it does unless told otherwise; here it says null."""


async def probe(source: Source, client: Any) -> None:
    """Ask the source who we are; GitHub once for each organisation, since each may have its own token.

    Raises:
        PulseError: it does not answer, or refuses us.
    """
    if source == "jira":
        jira: JiraClient = client
        await jira.http.get(f"{jira.api}/myself")
        return
    github: GitHub = client
    owners: list[str | None] = [*github.owners]
    for owner in owners or [None]:
        await github.graphql.ask(QUESTION, {}, owner=owner)
