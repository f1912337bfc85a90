"""Proposed mappings with their evidence: which accounts are one person, who is in which team; a person decides, and may undo it."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import wall_clock
from store.errors import Conflict, InvalidQuestion, NotFound
from store.tables.people import mapping_decision

Kind = Literal["identity", "membership"]
Decision = Literal["accepted", "rejected"]
SAME_NAME, SAME_NAME_OF_MANY, SAME_LOGIN = 0.6, 0.2, 0.5
"""How strongly each sign speaks for one person; signs add up as independent ones do. A name that many bear says little."""
WORK_SHARE, WORK_PULLS = 0.5, 5
"""From so many linked pull requests on, and such a part of them, work is a sign as strong as its share."""
TEAM_SHARE, TEAM_PULLS = 0.6, 3
SHOWN = 200


@dataclass(frozen=True)
class Proposal:
    """A mapping that the data suggests; `id` names it in a decision."""

    id: str
    kind: Kind
    subject: str
    object: str
    says: str
    score: float
    """0 to 1: how sure."""
    evidence: list[str]

    def as_dict(self) -> dict[str, Any]:
        """As REST and the command line show it."""
        return asdict(self)


async def proposals(connection: AsyncConnection) -> list[Proposal]:
    """What nobody has decided yet, the surest first."""
    decided = select(mapping_decision.c.kind, mapping_decision.c.subject, mapping_decision.c.object).where(
        mapping_decision.c.undone_at.is_(None)
    )
    known = {tuple(row) for row in await connection.execute(decided)}
    accounts = (await connection.execute(text(_ACCOUNTS), {"least": WORK_PULLS, "share": WORK_SHARE})).mappings().all()
    members = (await connection.execute(text(_MEMBERS), {"least": TEAM_PULLS, "share": TEAM_SHARE})).mappings().all()
    found = [*(_identity(dict(row)) for row in accounts), *(_membership(dict(row)) for row in members)]
    fresh = [one for one in found if (one.kind, one.subject, one.object) not in known]
    return sorted(fresh, key=lambda one: (-one.score, one.id))[:SHOWN]


def _identity(row: Mapping[str, Any]) -> Proposal:
    signs, evidence = [], []
    if row["same_name"]:
        signs.append(SAME_NAME if row["bearers"] <= 2 else SAME_NAME_OF_MANY)
        many = "" if row["bearers"] <= 2 else f", as are {row['bearers'] - 2} others"
        evidence.append(f"both are called {row['name']}{many}")
    if row["same_login"]:
        signs.append(SAME_LOGIN)
        evidence.append(f"the login of one, {row['login']}, is the address of the other")
    if row["pulls"]:
        signs.append(row["together"] / row["pulls"])
        evidence.append(f"{row['together']} of {row['pulls']} linked pull requests of one are for issues assigned to the other")
    says = f"{_who(row, 'a')} and {_who(row, 'b')} are one person"
    return Proposal(_name("identity", row["a"], row["b"]), "identity", row["a"], row["b"], says, combined(signs), evidence)


def _who(row: Mapping[str, Any], side: str) -> str:
    return f"{row[f'shown_{side}']} at {row[f'source_{side}']}"


def _membership(row: Mapping[str, Any]) -> Proposal:
    evidence = [f"{row['there']} of {row['pulls']} merged pull requests in a year are in repositories that {row['team']} owns"]
    says = f"{row['shown']} is in {row['team']}"
    proposal_id = _name("membership", row["subject"], row["team_id"])
    return Proposal(proposal_id, "membership", row["subject"], row["team_id"], says, round(row["there"] / row["pulls"], 2), evidence)


def combined(signs: Sequence[float]) -> float:
    """The score of independent signs: each takes its part of the doubt that the others leave."""
    doubt = 1.0
    for sign in signs:
        doubt *= 1 - sign
    return round(min(1 - doubt, 0.99), 2)


def _name(kind: Kind, subject: str, target: str) -> str:
    return f"{kind}|{subject}|{target}"


async def decide(connection: AsyncConnection, proposal_id: str, decision: Decision, by: str) -> dict[str, Any]:
    """Accept or reject a proposal; returns the decision as it is kept.

    Raises:
        NotFound: it is not proposed (any more).
    """
    proposal = next((one for one in await proposals(connection) if one.id == proposal_id), None)
    if proposal is None:
        raise NotFound("This is not proposed, or somebody has decided it already; `pulse mapping list` shows what is.")
    return await _keep(connection, proposal, decision, by)


async def _keep(connection: AsyncConnection, proposal: Proposal, decision: Decision, by: str) -> dict[str, Any]:
    row = {
        "id": f"mapping-{secrets.token_hex(6)}",
        "kind": proposal.kind,
        "subject": proposal.subject,
        "object": proposal.object,
        "decision": decision,
        "score": proposal.score,
        "evidence": {"says": proposal.says, "signs": proposal.evidence},
        "decided_by": by,
        "decided_at": wall_clock(),
    }
    await connection.execute(insert(mapping_decision).values(**row))
    return row


async def decide_surer(connection: AsyncConnection, least: float, by: str) -> list[dict[str, Any]]:
    """Accept every proposal with at least this score.

    Raises:
        InvalidQuestion: the score is none.
    """
    if not 0 < least <= 1:
        raise InvalidQuestion("A score lies between 0 and 1, such as 0.8.")
    return [await _keep(connection, one, "accepted", by) for one in await proposals(connection) if one.score >= least]


async def undo(connection: AsyncConnection, decision_id: str, by: str) -> dict[str, Any]:
    """Take a decision back; it stays for the record, and what it decided is proposed again.

    Raises:
        NotFound: there is no such decision.
        Conflict: it was undone already.
    """
    row = (await connection.execute(select(mapping_decision).where(mapping_decision.c.id == decision_id))).mappings().one_or_none()
    if row is None:
        raise NotFound(f"There is no decision {decision_id}; `pulse mapping log` lists them.")
    if row["undone_at"] is not None:
        raise Conflict(f"{decision_id} was undone already.")
    undone = {"undone_by": by, "undone_at": wall_clock()}
    await connection.execute(update(mapping_decision).where(mapping_decision.c.id == decision_id).values(**undone))
    return {**row, **undone}


async def decisions(connection: AsyncConnection) -> list[dict[str, Any]]:
    """Who decided what and when, the newest first; undone ones too."""
    rows = await connection.execute(select(mapping_decision).order_by(mapping_decision.c.decided_at.desc()).limit(SHOWN))
    return [dict(row) for row in rows.mappings()]


# Equal names are found when people are derived; here they are a sign beside others.
_ACCOUNTS = """
with account as (
  select i.id, i.person_id, i.source, i.login, coalesce(i.display_name, i.login, i.external_id) as shown,
    lower(split_part(coalesce(i.verified_email, i.email, case when i.source = 'git' then i.external_id end, ''), '@', 1)) as local_part
  from identity i join person p on p.id = i.person_id where p.author_type = 'human'),
named as (
  select x.person_id as p, y.person_id as q, max(s.bearers) as bearers
  from identity_suggestion s join account x on x.id = s.identity_a join account y on y.id = s.identity_b where s.rule = 'equal_name' group by 1, 2),
linked as (
  select pr.author_id as a, i.assignee_id as b, count(distinct pr.id) as together
  from issue_pr l join pull_request pr on pr.id = l.pr_id join issue i on i.id = l.issue_id
  where pr.author_id is not null and i.assignee_id is not null group by 1, 2),
authored as (
  select pr.author_id as a, count(distinct pr.id) as pulls from issue_pr l join pull_request pr on pr.id = l.pr_id
  join issue i on i.id = l.issue_id where i.assignee_id is not null group by 1),
worked as (
  select l.a, l.b, l.together, t.pulls from linked l join authored t using (a)
  where l.a <> l.b and t.pulls >= :least and l.together >= :share * t.pulls),
pair as (
  select identity_a as a, identity_b as b from identity_suggestion where rule = 'equal_name'
  union select x.id, y.id from account x join account y on lower(x.login) = y.local_part where length(y.local_part) > 2 and x.person_id <> y.person_id
  union select w.a, w.b from worked w join account x on x.id = w.a join account y on y.id = w.b where x.person_id <> y.person_id)
select distinct on (least(x.person_id, y.person_id), greatest(x.person_id, y.person_id))
  least(x.id collate "C", y.id collate "C") as a, greatest(x.id collate "C", y.id collate "C") as b,
  case when x.id collate "C" < y.id collate "C" then x.shown else y.shown end as shown_a,
  case when x.id collate "C" < y.id collate "C" then x.source else y.source end as source_a,
  case when x.id collate "C" < y.id collate "C" then y.shown else x.shown end as shown_b,
  case when x.id collate "C" < y.id collate "C" then y.source else x.source end as source_b,
  n.bearers is not null as same_name, x.shown as name, coalesce(n.bearers, 0) as bearers,
  coalesce(lower(x.login) = y.local_part or lower(y.login) = x.local_part, false) as same_login, coalesce(x.login, y.login) as login,
  w.together, w.pulls
from pair join account x on x.id = pair.a join account y on y.id = pair.b
left join named n on (n.p = x.person_id and n.q = y.person_id) or (n.p = y.person_id and n.q = x.person_id)
left join worked w on (w.a = x.id and w.b = y.id) or (w.a = y.id and w.b = x.id)
order by least(x.person_id, y.person_id), greatest(x.person_id, y.person_id), w.pulls desc nulls last, a, b
"""

_MEMBERS = """
with merged as (
  select f.author_person_id as person_id, f.owner_team as team, count(*) as there
  from fact_pull_request f where f.author_type = 'human' and f.author_person_id is not null
    and f.merged_at > (select max(merged_at) from fact_pull_request) - interval '1 year' group by 1, 2),
total as (select person_id, sum(there) as pulls from merged group by 1)
select (select min(i.id collate "C") from identity i where i.person_id = m.person_id) as subject, coalesce(p.display_name, m.person_id) as shown,
  t.id as team_id, t.key as team, m.there, total.pulls::int as pulls
from merged m join total using (person_id) join team t on t.key = m.team join person p on p.id = m.person_id
where m.there >= :least and m.there >= :share * total.pulls and not exists (select from team_member k where k.person_id = m.person_id)
  and exists (select from identity i where i.person_id = m.person_id)
"""
