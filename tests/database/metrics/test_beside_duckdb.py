"""A small part of the organisation that the benchmarks measure on: Pulse and DuckDB, each from the rows of the sources, say the same."""

import pytest
from sqlalchemy import text

from benchmarks.large.comparing import COMPARED, NOW, answers, differing, figures, second_opinion
from benchmarks.large.fill import Size, configuration, fill
from benchmarks.large.opinion import Opinion
from etl.derive.refresh import refresh
from store.database import Database
from store.settings import Settings

ODDITIES = """
select array_agg(distinct kind order by kind) as kinds, bool_or(failed_by = 'rollback') as rolled_back, bool_or(failed_by = 'incident') as broken,
  max(parts) as regions, bool_or(inferred_links > 0) as inferred, bool_or(surely_linked) as named,
  (select count(*) from fact_pull_request where not reviewed_before_merge) > 0 as unreviewed, (select sum(reopened_count) from fact_issue) > 0 as reopened,
  (select count(*) from fact_change where author_type = 'bot') > 0 as bots, (select count(*) from fact_change where pr_id is null) > 0 as direct,
  (select count(*) from fact_deployment_row where status = 'failure') > 0 as failures from fact_deployment
"""


@pytest.mark.timeout(120)
async def test_both_engines_say_the_same_of_a_large_organisation(db: Database, settings: Settings) -> None:
    """The DORA five and cycle time are equal in every total, week, month and team, over rows that show every oddity."""
    settings = settings.with_config(configuration()).model_copy(update={"pulse_now": NOW})
    await fill(db, Size().scaled(0.0015), NOW)
    await refresh(db, settings)
    opinion = Opinion()
    await opinion.copy(db)
    for name, compared in COMPARED.items():
        theirs = second_opinion(opinion, compared)
        assert len(theirs) >= len(compared.questions), name
        assert differing(figures(await answers(db, settings, compared.questions)), theirs) == [], name
    async with db.connect() as connection:
        row = (await connection.execute(text(ODDITIES))).mappings().one()
    assert dict(row) == dict.fromkeys(row, True) | {"kinds": ["change", "hotfix", "redeploy", "rollback"], "regions": 2}
