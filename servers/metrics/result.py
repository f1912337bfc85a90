"""The envelope in which every number travels: value, unit, window, n, and what to know about it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["ok", "not_enough_data", "no_denominator", "no_coverage", "not_configured"]
Value = float | int | dict[str, int] | dict[str, float] | dict[str, str | None] | None


class WindowDocument(BaseModel):
    """Bounds of a window: local dates when both fall on midnight, else ISO instants."""

    model_config = ConfigDict(populate_by_name=True)

    from_: str = Field(alias="from")
    to: str
    tz: str


class Figure(BaseModel):
    """One number with what it stands on."""

    model_config = ConfigDict(extra="allow")

    status: Status = "ok"
    value: Value = None
    n: int | None = None
    numerator: float | int | None = None
    denominator: float | int | None = None
    needs: int | dict[str, int] | None = None
    stats: dict[str, float | int | None] | None = None


class Point(Figure):
    """One bucket of a series; `bucket` is the local day on which it begins."""

    bucket: str
    partial: bool = False
    provisional: bool | None = None


class Comparison(Figure):
    """The same number over another window, and the difference to it."""

    window: WindowDocument
    delta: float | None = None
    relative: float | None = None
    verdict: str = "no clear change"


class Group(Figure):
    """The same number for one member or pair of members."""

    dimensions: dict[str, str]
    series: list[Point] | None = None
    compare: Comparison | None = None


class Span(BaseModel):
    """The synced range of a source; null where it never was read."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime | None = Field(None, alias="from")
    to: datetime | None = None


class Variant(BaseModel):
    """The same number under another defensible rule."""

    rule: str
    words: str
    status: Status = "ok"
    value: float | int | None = None
    n: int | None = None
    numerator: float | int | None = None
    denominator: float | int | None = None


class Variants(BaseModel):
    """How far a number depends on the rules of its definition: the least and the largest value, and the rule that moves it most."""

    range: list[float | int]
    moves_most: str | None = None
    rules: list[Variant]


class Evidence(BaseModel):
    """One thing the number rests on: how many of how many are known, and the share that is asked for."""

    code: str
    have: int
    of: int
    bar: float
    met: bool
    words: str
    remedy: str | None = None


class KnownNow(Figure):
    """The same number over the same window as it is known now, and the records that changed since: `[record, title, was, is, url]`."""

    delta: float | None = None
    changed: int
    records: list[list[Any]] = Field(default_factory=list)


class Result(Figure):
    """The answer to one question. Extra members hold what only some metrics have (`failed_ids`, `open_failures`, …)."""

    metric: str
    title: str
    definition_version: int
    unit: str
    window: WindowDocument
    grain: str
    filters: dict[str, list[str]] = Field(default_factory=dict)
    group_by: list[str] = Field(default_factory=list)
    series: list[Point] | None = None
    groups: list[Group] | None = None
    compare: Comparison | None = None
    partial: bool = False
    provisional: bool = False
    as_of: datetime
    coverage: dict[str, Span] = Field(default_factory=dict)
    warnings: list[str] = Field(default_factory=list)
    message: str | None = None
    variants: Variants | None = None
    trust: list[Evidence] | None = None
    band: str | None = None
    band_set: str | None = None
    clock: str | None = None
    revision: int | None = None
    """The version of the data that the answer was read from."""
    known_now: KnownNow | None = None
    rules: dict[str, str] | None = None
    """Rules of the definition that were chosen instead of the default."""
    links: list[dict[str, str]] = Field(default_factory=list)
    cohorts: dict[str, dict[str, float | int]] | None = None
    """Work with a mark of AI, without one and by bots, and the bounds of the difference between the first two."""
    bounds: dict[str, float] | None = None
    """The least and the most that the value can be."""
    alarms: list[dict[str, Any]] | None = None
    """What may have made the number look better, with the records."""
    evidence: str | None = None
    sql: str | None = None
    plan: list[str] | None = None

    def document(self) -> dict[str, Any]:
        """The envelope as JSON values: members that do not apply are left out, `value` and `band` stay even when null."""
        kept = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        return _with_nulls(kept) | {"band": self.band}


def _with_nulls(figure: dict[str, Any]) -> dict[str, Any]:
    """Put back `value: null`: an absent value and an unknown one are different things."""
    figure.setdefault("value", None)
    for member in ("series", "groups"):
        if member in figure:
            figure[member] = [_with_nulls(part) for part in figure[member]]
    if "known_now" in figure:
        figure["known_now"].setdefault("value", None)
    if "compare" in figure:
        figure["compare"].setdefault("value", None)
    return figure
