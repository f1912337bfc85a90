"""A question turned into a plan, with the names and sprints that the store knows."""

from sqlalchemy.ext.asyncio import AsyncConnection

from servers.metrics.catalogue import metric_named
from servers.metrics.coverage import Coverage, read_coverage
from servers.metrics.names import KINDS, Names, load_names
from servers.metrics.plan import Plan, dimension_of, make_plan
from servers.metrics.question import Question
from servers.metrics.sprints import with_sprints
from store.settings import Settings


async def plan_on(connection: AsyncConnection, settings: Settings, question: Question, coverage: Coverage | None = None) -> Plan:
    """The question with every word resolved; `coverage` where it is known already.

    Raises:
        PulseError: something in it is unknown or not offered; the message lists what is.
    """
    known = coverage or await read_coverage(connection, settings)
    plan = make_plan(settings, metric_named(question.metric), question, await _names(connection, question), known)
    return await with_sprints(connection, plan, timed=question.period is not None or question.window is not None)


async def _names(connection: AsyncConnection, question: Question) -> Names:
    """Names are read only when a filter needs them."""
    dimensions = {dimension_of(word) for word in question.filters}
    return await load_names(connection, epics="epic" in dimensions) if dimensions & KINDS.keys() else Names()
