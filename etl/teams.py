"""Teams and who was in them when, imported from a table of a spreadsheet or YAML: team, member, from, to, parent.

An import is a decision like those about mappings: kept with who and when, undone like them; the newest that is not undone counts. What
pulse.yaml says about a team goes first.
"""

import csv
import difflib
import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from store.clock import wall_clock
from store.config import PulseConfig, Team
from store.errors import ConfigurationError
from store.tables.people import mapping_decision

KIND = "teams"
COLUMNS = ("team", "member", "from", "to", "parent")
SHOWN = 20
CURRENT = (
    f"select (evidence -> 'teams')::text from mapping_decision where kind = '{KIND}' and undone_at is null order by decided_at desc limit 1"
)
"""What the import that counts says; nothing without one."""
_KNOWN = """
select lower(v) from identity i cross join lateral (values (i.login), (i.external_id), (i.email), (i.verified_email)) a(v) where v is not null
"""


@dataclass(frozen=True)
class _Line:
    """One row of the file, by column."""

    number: int
    values: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


async def import_teams(connection: AsyncConnection, config: PulseConfig, path: Path, *, by: str, dry_run: bool = False) -> dict[str, Any]:
    """Check the whole file, then keep it as a decision in the caller's transaction, unless it says what is in force already.

    Returns `{"teams", "stays", "added", "removed", "decision"}`; what is added and removed is told in words.

    Raises:
        ConfigurationError: the file cannot be read, or lines of it are wrong; each is named with what to do about it.
    """
    lines = _read(path)
    known = {str(name) for name in await connection.scalars(text(_KNOWN))} | _configured(config)
    stored = {str(key) for key in await connection.scalars(text("select key from team"))} | {team.key for team in config.teams}
    problems = [problem for line in lines for problem in _problems(line, known)]
    problems += _about_teams(lines, stored, config)
    if problems:
        more = f" … and {len(problems) - SHOWN} more." if len(problems) > SHOWN else ""
        raise ConfigurationError(f"{path.name} is not imported: {' '.join(problems[:SHOWN])}{more}")
    teams = _teams(lines)
    before = json.loads(await connection.scalar(text(CURRENT)) or "[]")
    old, new = set(_told(before)), set(_told(teams))
    stays = sum(len(team["members"]) for team in teams)
    decision = await _keep(connection, path, teams, stays, by) if teams != before and not dry_run else None
    return {"teams": len(teams), "stays": stays, "added": sorted(new - old), "removed": sorted(old - new), "decision": decision}


async def _keep(connection: AsyncConnection, path: Path, teams: Sequence[Mapping[str, Any]], stays: int, by: str) -> str:
    row = {
        "id": f"mapping-{secrets.token_hex(6)}",
        "kind": KIND,
        "subject": hashlib.sha256(json.dumps(teams).encode()).hexdigest(),
        "object": path.name,
        "decision": "accepted",
        "evidence": {"says": f"{stays} stays in {len(teams)} teams, as {path.name} says", "signs": [], "teams": teams},
        "decided_by": by,
        "decided_at": wall_clock(),
    }
    await connection.execute(insert(mapping_decision).values(**row))
    return str(row["id"])


def with_imported(teams: Sequence[dict[str, Any]], imported: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The teams of pulse.yaml with those of an import; where both speak of one, pulse.yaml's members and parent count."""
    merged = {team["key"]: dict(team) for team in teams}
    for team in imported:
        given = merged.get(team["key"])
        if given is None:
            merged[team["key"]] = {**team, "source": "import"}
        else:
            given.update({name: team[name] for name in ("members", "parent") if not given[name]})
    return list(merged.values())


def _read(path: Path) -> list[_Line]:
    try:
        content = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as text: {error}.") from error
    return _read_yaml(path, content) if path.suffix in (".yaml", ".yml") else _read_csv(path, content)


def _read_csv(path: Path, content: str) -> list[_Line]:
    header = content.split("\n", 1)[0]
    reader = csv.reader(content.splitlines(), delimiter=";" if header.count(";") > header.count(",") else ",")
    names = [name.strip().lower() for name in next(reader, [])]
    _check_columns(path, names)
    return [
        _Line(reader.line_num, dict(zip(names, (value.strip() for value in values), strict=False)))
        for values in reader
        if any(value.strip() for value in values)
    ]


def _read_yaml(path: Path, content: str) -> list[_Line]:
    try:
        node = yaml.compose(content)
        rows = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{path} is no YAML: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigurationError(
            f"{path} must be a list of rows such as `- {{team: payments, member: ana@acme.example, from: 2026-01-01}}`."
        )
    _check_columns(path, ["team", *sorted({str(name) for row in rows for name in row})])
    places = [one.start_mark.line + 1 for one in (node.value if node else ())]
    return [
        _Line(place, {str(name): "" if value is None else str(value).strip() for name, value in row.items()})
        for place, row in zip(places, rows, strict=True)
    ]


def _check_columns(path: Path, names: Sequence[str]) -> None:
    if unknown := [name for name in names if name not in COLUMNS]:
        raise ConfigurationError(f"{path} has the unknown columns {', '.join(unknown)}; take {', '.join(COLUMNS)}.")
    if "team" not in names:
        raise ConfigurationError(f"{path} needs a first line with the columns {', '.join(COLUMNS)}; only team must be there.")


def _configured(config: PulseConfig) -> set[str]:
    """Ways in which pulse.yaml names people."""
    names = [name for entry in config.people for name in (entry.person, *entry.github, *entry.jira, *entry.git)]
    return {name.lower() for name in (*names, *(member.person for team in config.teams for member in team.members))}


def _problems(line: _Line, known: set[str]) -> list[str]:
    """What is wrong with a line by itself."""
    found = []
    if not line["team"]:
        found.append(f"Line {line.number}: it names no team; fill the column team.")
    member = line["member"]
    if member and member.lower() not in known:
        near = difflib.get_close_matches(member.lower(), known, n=1)
        found.append(
            f"Line {line.number}: no account is called {member!r}{f', but one is {near[0]}' if near else ''};"
            " write a login, an account id or an address that was synced."
        )
    dates = {column: _date(line[column]) for column in ("from", "to") if line[column]}
    found += [f"Line {line.number}: {column} {line[column]!r} must look like 2026-09-01." for column, day in dates.items() if day is None]
    begins, ends = dates.get("from"), dates.get("to")
    if begins and ends and ends <= begins:
        found.append(f"Line {line.number}: to {ends} must lie after from {begins}; it is the first day no longer in the team.")
    if not member and (line["from"] or line["to"]):
        found.append(f"Line {line.number}: it says when, and not who; fill the column member.")
    return found


def _about_teams(lines: Sequence[_Line], stored: set[str], config: PulseConfig) -> list[str]:
    """What is wrong between lines: parents, stays that overlap, members that pulse.yaml lists."""
    found, parents, stays = [], dict[str, str](), dict[tuple[str, str], list[tuple[date, date]]]()
    teams, own = {line["team"] for line in lines}, {team.key for team in config.teams if team.members}
    for line in lines:
        team, parent = line["team"], line["parent"]
        if parent and parent not in teams | stored:
            found.append(f"Line {line.number}: the parent {parent!r} is no team; add a line for it or mend its name.")
        if parent and parents.setdefault(team, parent) != parent:
            found.append(f"Line {line.number}: {team} has the parent {parents[team]} above and {parent} here; keep one.")
        if line["member"] and team in own:
            found.append(f"Line {line.number}: pulse.yaml lists the members of {team}; change them there, or take them out of it.")
        if line["member"]:
            found += _overlap(line, stays.setdefault((team, line["member"].lower()), []))
    rings = [team for team in parents if _is_ring(team, parents)]
    return found + ([f"{', '.join(sorted(rings))} are above each other; take one parent out."] if rings else [])


def _overlap(line: _Line, before: list[tuple[date, date]]) -> list[str]:
    begins, ends = _date(line["from"]) or date.min, _date(line["to"]) or date.max
    clash = any(begins < end and start < ends for start, end in before)
    before.append((begins, ends))
    again = f"Line {line.number}: {line['member']} is in {line['team']} at that time already; let one stay end before the next begins."
    return [again] if clash else []


def _is_ring(team: str, parents: Mapping[str, str]) -> bool:
    above, steps = parents.get(team), 0
    while above is not None and above != team and steps <= len(parents):
        above, steps = parents.get(above), steps + 1
    return above == team


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _teams(lines: Sequence[_Line]) -> list[dict[str, Any]]:
    """The teams in the form of pulse.yaml, whatever the order of the lines."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        team = found.setdefault(line["team"], {"key": line["team"], "parent": None, "members": []})
        team["parent"] = team["parent"] or line["parent"] or None
        if line["member"]:
            team["members"].append({"person": line["member"], "from": line["from"] or None, "to": line["to"] or None})
    for team in found.values():
        team["members"].sort(key=lambda one: (one["person"].lower(), one["from"] or ""))
    return [Team.model_validate(found[key]).model_dump(mode="json", by_alias=False) for key in sorted(found)]


def _told(teams: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    for team in teams:
        yield team["key"] + (f" below {team['parent']}" if team["parent"] else "")
        for member in team["members"]:
            yield f"{member['person']} in {team['key']} from {member['from_date'] or 'the beginning'} to {member['to_date'] or 'now'}"
