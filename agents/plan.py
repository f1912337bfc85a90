"""What a question asks for, before any data is read: one typed plan, made by rules or by a model alike."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Intent(StrEnum):
    """The shape of the answer that a question wants."""

    VALUE = "value"
    TREND = "trend"
    COMPARE = "compare"
    RANK = "rank"
    BREAKDOWN = "breakdown"
    FORECAST = "forecast"
    ANOMALY = "anomaly"
    RISK = "risk"
    LIST = "list"
    DEFINITION = "definition"
    WHY = "why"
    EXPLAIN = "explain"
    STATUS = "status"
    META = "meta"
    DASHBOARD = "dashboard"
    BRIEFING = "briefing"
    UNSUPPORTED = "unsupported"
    CLARIFY = "clarify"


Status = Literal["ok", "clarify", "unsupported", "no_data"]
Grain = Literal["day", "week", "month", "quarter", "sprint", "total"]
Stat = Literal["value", "p50", "p75", "p85", "p90", "mean", "count"]
Filter = str | list[str]


class PlanPeriod(BaseModel):
    """A window in words of the contract, with its half-open bounds as local dates or ISO instants."""

    model_config = ConfigDict(populate_by_name=True)

    value: str
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    to_date: bool = False
    default: bool = False
    """True when the question named no window."""
    label: str = ""

    @classmethod
    def between(cls, value: str, start: date | datetime, end: date | datetime, **more: Any) -> "PlanPeriod":
        """The window [start, end) written as `value`."""
        return cls(value=value, start=start.isoformat(), end=end.isoformat(), **more)


class PlanCompare(BaseModel):
    """What the window is held against: `kind` is an argument of query_metric, or `period` with a value of its own."""

    model_config = ConfigDict(populate_by_name=True)

    kind: Literal["previous", "to_date", "year_ago", "period"]
    value: str
    start: str | None = Field(None, alias="from")
    end: str | None = Field(None, alias="to")


class Plan(BaseModel):
    """One question, understood. `tool` is the tool that answers it, `arguments` what only that tool needs."""

    intent: Intent
    status: Status = "ok"
    metrics: list[str] = []
    stat: Stat | None = None
    period: PlanPeriod | None = None
    compare: PlanCompare | None = None
    grain: Grain | None = None
    filters: dict[str, Filter] = {}
    group_by: list[str] = []
    top: int | None = None
    descending: bool = True
    chart: bool = False
    chart_kind: str | None = None
    """The kind of chart that was asked for by name; without it the metric's own."""
    tool: str | None = None
    arguments: dict[str, Any] = {}
    change_inside: bool = False
    """Per group, the last complete part of the window is held against its first complete part."""
    message: str = ""
    choices: list[str] = []
    notes: list[str] = []

    def as_document(self) -> dict[str, Any]:
        """The plan as the answer document shows it."""
        kept = self.model_dump(
            mode="json", by_alias=True, exclude={"status", "message", "choices", "notes", "change_inside", "descending", "chart_kind"}
        )
        return {**kept, "period": kept["period"] or {}}
