"""How steps become tables or parts of statements, without a database."""

from etl.derive.derivation import Step
from etl.derive.workspace import Workspace, shaded


def test_a_statement_holds_the_steps_it_needs_and_no_others() -> None:
    """Also those that a step needs in turn, in the order in which they came, whatever else waits."""
    space = Workspace()
    for step in (
        Step("d_a", "select 1"),
        Step("d_other", "select 0"),
        Step("d_b", "select * from d_a"),
        Step("new_c", "select * from d_b"),
    ):
        space.wait(step)
    assert space.complete([], "select * from new_c") == (
        "with recursive d_a as materialized (\nselect 1\n),\nd_b as materialized (\nselect * from d_a\n),\n"
        "new_c as materialized (\nselect * from d_b\n)\nselect * from new_c"
    )
    assert space.complete([], "select new_id from issue") == "select new_id from issue"
    assert space.complete(["x as (delete from t)"], "select 1") == "with recursive x as (delete from t)\nselect 1"


def test_a_step_that_is_a_table_is_held_by_no_statement() -> None:
    """It is made with what it needs, indexed and counted, and from then on read like any table."""
    space = Workspace()
    space.wait(Step("d_a", "select 1"))
    made, index, unique, analyzed = space.table(Step("d_b", "select * from d_a", ("(x)", "unique (y, z)")), {})
    assert made.startswith("create temp table d_b on commit drop as\nwith recursive d_a as materialized (\nselect 1\n),\nd_b as")
    assert [index, unique, analyzed] == ["create index on d_b (x)", "create unique index on d_b (y, z)", "analyze d_b"]
    assert space.complete([], "select * from d_b") == "select * from d_b"


def test_a_query_sees_some_rows_of_a_table_and_all_of_the_public_one() -> None:
    """Where it has common table expressions of its own, the condition stands before them."""
    reads = {"issue": "id = 1", "review": "id = 2"}
    view = "issue as not materialized (select * from public.issue where id = 1)"
    assert shaded("select * from issue, public.review", reads) == f"with {view}\nselect * from issue, public.review"
    assert (
        shaded("with recursive a as (select 1) select * from issue", reads)
        == f"with recursive {view},\na as (select 1) select * from issue"
    )
    assert shaded("select 1 from sprint_issue", reads) == "select 1 from sprint_issue"
