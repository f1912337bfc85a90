"""Metrics as the command line asks for them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from fastmcp import Client

from gateway.tools import call
from servers.app import build_server
from servers.context import opening
from servers.listing import Listing, text_of
from servers.metrics.catalogue import metric_named
from servers.metrics.engine import measure
from servers.metrics.reproduce import reproduce
from servers.metrics.trace import question_of
from servers.wording import explained_text, result_text
from store.database import open_database
from store.errors import InvalidQuestion
from store.settings import Settings


async def query(settings: Settings, arguments: Mapping[str, Any], *, explain: bool = False) -> tuple[dict[str, Any], str]:
    """The result envelope of `query_metric` and its readable form; with `explain` also the statement and PostgreSQL's plan."""
    async with Client(build_server("metrics", opening(settings))) as tools:
        document = await call(tools, "query_metric", **arguments)
    if not explain or not metric_named(document["metric"]).aggregated:
        return document, result_text(document)
    async with open_database(settings, role="app") as db:
        shown = await measure(db, settings, replace(question_of(document), explain=True))
    document |= {"sql": shown.sql, "plan": shown.plan}
    return document, "\n".join([result_text(document), "", shown.sql or "", "", *(shown.plan or [])])


async def trace(settings: Settings, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """The records behind a figure and their readable form."""
    async with Client(build_server("metrics", opening(settings))) as tools:
        document = await call(tools, "trace_figure", **arguments)
    listing = Listing.model_validate(document)
    return document, text_of(listing, f"{listing.total} records behind {arguments['evidence']}")


async def reproduced(settings: Settings, evidence: str) -> dict[str, Any]:
    """A receipt computed again and compared."""
    async with open_database(settings, role="app") as db:
        return await reproduce(db, settings, evidence)


async def explain(settings: Settings, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What `explain_change` makes of a change, and its readable form."""
    async with Client(build_server("metrics", opening(settings))) as tools:
        document = await call(tools, "explain_change", **arguments)
    return document, explained_text(document)


def filters(pairs: Iterable[str]) -> dict[str, str | list[str]] | None:
    """`team=payments` words as filters; a dimension given twice takes both values.

    Raises:
        InvalidQuestion: a word has no `=`.
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        dimension, sign, value = pair.partition("=")
        if not sign or not dimension or not value:
            raise InvalidQuestion(f"The filter {pair!r} must have the form dimension=value, for example team=payments.")
        found.setdefault(dimension, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()} or None
