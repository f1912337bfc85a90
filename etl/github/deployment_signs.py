"""When repositories last deployed, in large organisations asked apart from their list and only of those that may have deployed since.

GitHub charges a list of repositories for every list inside each of them. Pull requests and issues change anywhere at any time, so the list
asks for the newest of both; deployments come from where there were some before, or soon after a push. Up to a hundred repositories the
list has one page, and a second question would cost more than it saves.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from etl.entity import Raw
from etl.github.client import GitHub
from etl.github.graphql import Fragment

AFTER_A_PUSH = timedelta(days=1)
"""How long after its last push a repository that never deployed is asked; later its deployments are looked for once a day, as all parts are."""
NODES = 100
"""Ids that GitHub takes in one list."""
SIGN = Fragment(
    "DeploymentSign",
    "Repository",
    "{ deployments(first: 1, orderBy: {field: CREATED_AT, direction: DESC}) { nodes { updatedAt } } }",
)


async def add_signs(client: GitHub, owner: str, records: Sequence[Raw]) -> None:
    """Give those repositories of an owner that may have deployed their newest deployment, in one question; the others stay without."""
    now = client.http.server_time
    asked = [raw for raw in records if may_have_deployed(raw, client.activity.get(raw["nameWithOwner"]), now)]
    groups = [asked[start : start + NODES] for start in range(0, len(asked), NODES)]
    if not groups:
        return
    declared = ", ".join(f"$i{index}: [ID!]!" for index in range(len(groups)))
    parts = " ".join(f"g{index}: nodes(ids: $i{index}) {{ ...{SIGN.name} }}" for index in range(len(groups)))
    values = {f"i{index}": [raw["id"] for raw in group] for index, group in enumerate(groups)}
    data = await client.graphql.ask(
        f"query DeploymentSigns({declared}) {{ rateLimit {{ cost }} {parts} }}\n{SIGN.text()}", values, owner=owner
    )
    for index, group in enumerate(groups):
        for raw, sign in zip(group, data[f"g{index}"], strict=True):
            raw.update(sign or {})


def may_have_deployed(raw: Raw, known: Mapping[str, Any] | None, now: str | None) -> bool:
    """Whether a repository deployed before, is new, or was pushed to lately (`now`: GitHub's clock)."""
    if known is None or known.get("deployments") or now is None:
        return True
    pushed = raw.get("pushedAt")
    if not pushed:
        return False
    return pushed != known.get("pushed_at") or datetime.fromisoformat(pushed) >= datetime.fromisoformat(now) - AFTER_A_PUSH
