"""The tool `query_metric`."""

from typing import Annotated, Literal

from fastmcp.exceptions import ToolError
from fastmcp.tools.base import ToolResult
from pydantic import Field

from servers.context import INSTALLATION, Pulse
from servers.declare import tool
from servers.envelope import ENVELOPE_SCHEMA
from servers.kinds import READS
from servers.metrics import receipts
from servers.metrics.catalogue import metric_named
from servers.metrics.engine import measure
from servers.metrics.periods import instant_of
from servers.metrics.plan import split_rules
from servers.metrics.question import Question
from servers.wording import result_text
from store.clock import Window

Grain = Literal["day", "week", "month", "quarter", "sprint", "total"]
MAX_DIMENSIONS = 2


@tool(READS, output=ENVELOPE_SCHEMA)
async def query_metric(
    metric: str,
    period: str | None = None,
    from_: Annotated[str | None, Field(alias="from")] = None,
    to: str | None = None,
    grain: Grain | None = None,
    group_by: Annotated[list[str] | None, Field(max_length=MAX_DIMENSIONS)] = None,
    filters: dict[str, str | list[str]] | None = None,
    compare: str | None = None,
    as_of: str | None = None,
    pulse: Pulse = INSTALLATION,
) -> ToolResult:
    """Compute one metric: value, n, series, groups, comparison, evidence.

    Args:
        metric: id from list_metrics.
        period: last_90_days, last_quarter, qtd, 2026-Q3, since:2026-09-01, 2026-07-01..2026-09-30
        to: exclusive.
        group_by: team, service, repo…
        filters: {"team": "payments"}
        compare: previous, to_date, year_ago or a period.
    """
    zone = pulse.settings.timezone
    asked = {"metric": metric, "period": period, "from": from_, "to": to, "grain": grain, "group_by": group_by, "filters": filters}
    asked |= {"compare": compare, "as_of": as_of}
    kept, rules = split_rules(metric_named(metric), filters or {})
    question = Question(
        metric=metric,
        period=period,
        window=_window(from_, to, zone),
        grain=grain,
        group_by=tuple(group_by or ()),
        filters=kept,
        params=rules,
        compare=compare,
        as_of=instant_of(as_of, zone) if as_of else None,
        variants=True,
        both_clocks=True,
    )
    document = (await measure(pulse.db, pulse.settings, question)).document()
    arguments = {name: value for name, value in asked.items() if value is not None}
    document["evidence"] = await receipts.keep(pulse.db, pulse.settings, tool="metrics.query_metric", arguments=arguments, result=document)
    return ToolResult(content=result_text(document), structured_content=document)


def _window(start: str | None, end: str | None, zone: str) -> Window | None:
    if start is None and end is None:
        return None
    if start is None or end is None:
        raise ToolError("`from` and `to` go together: both dates, `to` exclusive. For an open end use period since:DATE.")
    return Window(instant_of(start, zone), instant_of(end, zone), zone)
