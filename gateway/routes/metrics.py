"""The metric catalogue and questions to it: the same tools that MCP clients use, as REST."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gateway.front import InFront
from gateway.measuring import filters as parse_filters
from gateway.tools import call

router = APIRouter(prefix="/api/v1/metrics", tags=["metrics"])


class Question(BaseModel):
    """Arguments of a metric query; see the tool `query_metric`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    period: str | None = None
    start: str | None = Field(None, alias="from", description="First day, inclusive.")
    end: str | None = Field(None, alias="to", description="Last day, exclusive.")
    grain: str | None = None
    group_by: list[str] | None = Field(None, max_length=2)
    filters: dict[str, str | list[str]] | None = None
    compare: str | None = None
    as_of: str | None = None

    def arguments(self) -> dict[str, Any]:
        """What was given, as the tool names it."""
        return self.model_dump(by_alias=True, exclude_none=True)


@router.get("")
async def list_metrics(front: InFront, search: str | None = None, family: str | None = None) -> Any:
    """What can be measured."""
    return await call(front.tools, "metrics_list_metrics", search=search, family=family)


@router.get("/{metric}")
async def describe_metric(front: InFront, metric: str) -> Any:
    """Definition, unit, dimensions and caveats of one metric."""
    return await call(front.tools, "metrics_describe_metric", metric=metric)


@router.get("/{metric}/query")
async def query_by_url(
    front: InFront,
    metric: str,
    period: str | None = None,
    start: Annotated[str | None, Query(alias="from")] = None,
    end: Annotated[str | None, Query(alias="to")] = None,
    grain: str | None = None,
    group_by: Annotated[list[str] | None, Query(max_length=2)] = None,
    filters: Annotated[list[str] | None, Query(alias="filter", description="dimension=value, repeatable")] = None,
    compare: str | None = None,
    as_of: str | None = None,
) -> Any:
    """One metric for a period; `from` is inclusive, `to` exclusive; `as_of`: as known on that day, beside what is known now."""
    question = Question(
        period=period,
        start=start,
        end=end,
        grain=grain,
        group_by=group_by,
        filters=parse_filters(filters or []),
        compare=compare,
        as_of=as_of,
    )
    return await query(front, metric, question)


@router.post("/{metric}/query")
async def query(front: InFront, metric: str, question: Question) -> Any:
    """One metric for a period, asked with a JSON body."""
    return await call(front.tools, "metrics_query_metric", metric=metric, **question.arguments())


class Change(BaseModel):
    """Arguments of an explanation; see the tool `explain_change`."""

    model_config = ConfigDict(extra="forbid")

    period: str
    compare: str = "previous"
    filters: dict[str, str | list[str]] | None = None


@router.get("/{metric}/explain")
async def explain_by_url(
    front: InFront,
    metric: str,
    period: str,
    compare: str = "previous",
    filters: Annotated[list[str] | None, Query(alias="filter", description="dimension=value, repeatable")] = None,
) -> Any:
    """Why a metric moved between two windows."""
    return await explain(front, metric, Change(period=period, compare=compare, filters=parse_filters(filters or [])))


@router.post("/{metric}/explain")
async def explain(front: InFront, metric: str, change: Change) -> Any:
    """The same, asked with a JSON body."""
    return await call(front.tools, "metrics_explain_change", metric=metric, **change.model_dump(exclude_none=True))
