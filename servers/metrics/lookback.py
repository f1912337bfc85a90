"""Questions as of a past day: the facts as they were then, read through what every refresh kept of the rows it changed."""

import re

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.coverage import Coverage
from servers.metrics.question import Question
from store.tables.base import metadata
from store.tables.history import row_key

_FACT = re.compile(r"\bfact_[a-z_]+\b")
_AT = "select max(id) from fact_revision where at <= :as_of"


def older(revision: int | None, coverage: Coverage) -> int | None:
    """The revision, if the facts have changed since and what they were is still kept; None where the facts as they stand are the answer."""
    changed = revision is not None and coverage.revision is not None and revision < coverage.revision
    return revision if changed and not forgotten(revision, coverage) else None


def forgotten(revision: int | None, coverage: Coverage) -> str | None:
    """What to say of a revision from before the changes that are kept: it is told as known now."""
    if revision is None or coverage.kept_from is None or revision >= coverage.kept_from:
        return None
    return _since(coverage)


def _since(coverage: Coverage) -> str:
    return (
        f"known_since: changes are kept since {coverage.kept_since:%Y-%m-%dT%H:%MZ}; what was corrected before that is told as known now."
    )


async def revision_of(connection: AsyncConnection, question: Question, coverage: Coverage) -> tuple[int | None, str | None]:
    """The version of the data that a question is about, and what to say when it reaches back before changes were kept."""
    if question.revision is not None:
        return question.revision, forgotten(question.revision, coverage)
    if question.as_of is None:
        return coverage.revision, None
    known = await connection.scalar(text(_AT), {"as_of": question.as_of})
    return known, _since(coverage) if known is None and coverage.kept_since is not None else None


def looking_back(sql: str, revision: int | None) -> str:
    """The same statement over the facts as they were at a revision: every fact table it names is replaced by what was known then."""
    if revision is None:
        return sql
    sql = sql.lstrip()
    named = sorted({name for name in _FACT.findall(sql) if name in metadata.tables and name != "fact_revision"})
    shadows = ", ".join(f"{name} as not materialized ({_as_known(name, int(revision))})" for name in named)
    rest = sql.removeprefix("with ")
    return f"with {shadows}{', ' if rest != sql else ' '}{rest}"


def _as_known(name: str, revision: int) -> str:
    """Rows that have not changed since, and the others as they were before their first change."""
    key = row_key(metadata.tables[name], "t")
    later = f"from public.fact_revision r where r.fact = '{name}' and r.id > {revision}"
    return (
        f"select t.* from public.{name} t where {key} not in (select r.row_key {later}) union all "
        f"select (jsonb_populate_record(null::public.{name}, b.before)).* "
        f"from (select distinct on (r.row_key) r.before {later} order by r.row_key, r.id) b where b.before is not null"
    )
