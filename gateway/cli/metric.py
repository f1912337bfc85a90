"""`pulse metric`: the catalogue, one metric for a period, and cases that pin definitions."""

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli import invocation

app = typer.Typer(help="Metrics: list, describe, query, explain, check.", no_args_is_help=True, rich_markup_mode=None)


@app.command("list")
def list_metrics(context: typer.Context, family: Annotated[str | None, typer.Option(help="dora, review, flow …")] = None) -> None:
    """Every metric with its unit and family."""
    from servers.metrics.catalogue import CATALOGUE

    found = [metric for metric in CATALOGUE.values() if family in (None, metric.family)]
    rows = [{"id": metric.id, "title": metric.title, "unit": metric.unit, "family": metric.family} for metric in found]
    text = "\n".join(f"{row['id']:<34}{row['unit']:<20}{row['family']:<12}{row['title']}" for row in rows)
    invocation.of(context).emit(rows, text)


@app.command()
def describe(context: typer.Context, metric: Annotated[str, typer.Argument(help="Id from `pulse metric list`.")]) -> None:
    """How a metric is defined, cut and misread."""
    from servers.metrics.catalogue import metric_named
    from servers.tools.metrics.describe_metric import description

    found = description(metric_named(metric))
    shown = {name: value for name, value in found.items() if value not in (None, "", [], {})}
    invocation.of(context).emit(found, "\n".join(f"{name}: {_plain(value)}" for name, value in shown.items()))


def _plain(value: Any) -> str:
    return ", ".join(_plain(item) for item in value) if isinstance(value, list) else str(value)


@app.command()
def query(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="Id from `pulse metric list`.")],
    period: Annotated[str | None, typer.Option(help="last_quarter, last_90_days, 2026-Q3, since:2026-09-01 …")] = None,
    start: Annotated[str | None, typer.Option("--from", metavar="DATE", help="First day, inclusive.")] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last day, exclusive.")] = None,
    grain: Annotated[str | None, typer.Option(help="day, week, month, quarter, sprint or total.")] = None,
    group_by: Annotated[list[str] | None, typer.Option(help="A dimension; at most two.")] = None,
    filters: Annotated[list[str] | None, typer.Option("--filter", metavar="DIM=VALUE", help="Repeatable.")] = None,
    compare: Annotated[str | None, typer.Option(help="previous, to_date, year_ago, none or a period.")] = None,
    as_of: Annotated[str | None, typer.Option(metavar="DATE", help="As known on that day; later rows are not read.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Also show the SQL statement and PostgreSQL's plan for it.")] = False,
) -> None:
    """Compute one metric; JSON is the result envelope."""
    from gateway import measuring

    call = invocation.of(context)
    arguments = {
        "metric": metric,
        "period": period,
        "from": start,
        "to": end,
        "grain": grain,
        "group_by": group_by or None,
        "filters": measuring.filters(filters or []),
        "compare": None if compare == "none" else compare,
        "as_of": as_of,
    }
    document, text = call.run(measuring.query(call.settings, arguments, explain=explain))
    call.emit(document, text)


@app.command()
def trace(
    context: typer.Context,
    evidence: Annotated[str, typer.Argument(help="Id from a result.")],
    cell: Annotated[str | None, typer.Option(help="team=payments, bucket=2026-09-01, or both joined by &; window=before.")] = None,
    cursor: Annotated[str | None, typer.Option(help="The next_cursor of the page before.")] = None,
) -> None:
    """The records behind a figure, with links."""
    from gateway import measuring

    call = invocation.of(context)
    document, text = call.run(measuring.trace(call.settings, {"evidence": evidence, "cell": cell, "cursor": cursor}))
    call.emit(document, text)


@app.command()
def explain(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="Id from `pulse metric list`.")],
    period: Annotated[str, typer.Option(help="last_quarter, last_90_days, 2026-Q3, since:2026-09-01 …")] = "last_quarter",
    compare: Annotated[str, typer.Option(help="previous, to_date, year_ago or a period.")] = "previous",
    filters: Annotated[list[str] | None, typer.Option("--filter", metavar="DIM=VALUE", help="Repeatable.")] = None,
) -> None:
    """Why a metric moved: parts of mix, size, teams and stages that add up to the change."""
    from gateway import measuring

    call = invocation.of(context)
    arguments = {"metric": metric, "period": period, "compare": compare, "filters": measuring.filters(filters or [])}
    document, text = call.run(measuring.explain(call.settings, arguments))
    call.emit(document, text)


@app.command()
def reproduce(context: typer.Context, evidence: Annotated[str, typer.Argument(help="Id from a result.")]) -> None:
    """Compute a receipt again, as of its moment, and compare byte by byte; exit code 1 when it differs."""
    from gateway import measuring

    call = invocation.of(context)
    report = call.run(measuring.reproduced(call.settings, evidence))
    said = "the same bytes" if report["identical"] else f"differs in {', '.join(report['differs'])}"
    call.emit(report, f"{evidence}: {said}")
    raise typer.Exit(0 if report["identical"] else 1)


@app.command()
def diff(
    context: typer.Context,
    metrics: Annotated[list[str] | None, typer.Argument(help="Ids from `pulse metric list`; all of them without any.")] = None,
    file: Annotated[Path | None, typer.Option("--to", exists=True, dir_okay=False, help="A proposed pulse.yaml.")] = None,
    rules: Annotated[
        list[str] | None, typer.Option("--rule", metavar="NAME=VALUE", help="Another rule of the metrics; repeatable.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Take the proposed file over after showing what it moves.")] = False,
) -> None:
    """What a changed definition or mapping moves in the last twelve months of every team; nothing is kept unless it is accepted."""
    from gateway import defining, measuring

    call = invocation.of(context)
    if (file is None and not rules) or (accept and file is None):
        raise typer.BadParameter("Name a proposed pulse.yaml with --to, or a rule with --rule name=value; --accept needs --to.")
    chosen = {name: str(value) for name, value in (measuring.filters(rules or []) or {}).items()}
    document = call.run(defining.diff(call.settings, file, chosen, metrics or []))
    shown = defining.text_of(document)
    if accept and file is not None:
        call.say(shown)
        document["accepted"] = str(call.run(defining.accept(call.settings, file)))
        shown = f"Taken over as {document['accepted']}; the next `pulse sync` derives the facts anew."
    call.emit({"accepted": None} | document, shown)


@app.command()
def check(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Cases in the form of tests/cases/metrics_cases.json.")],
) -> None:
    """Compute the cases of a file in a scratch database and compare with what they expect; exit code 1 when one differs."""
    from servers.metrics.check import check_cases

    call = invocation.of(context)
    report = call.run(check_cases(call.settings, file))
    lines = [f"{report['passed']} of {report['cases']} cases pass."]
    lines += [f"  {item['id']}: expected {item['expected']}, got {item['got']}" for item in report["failed"]]
    lines += [f"  not supported: {', '.join(report['unsupported'])}"] if report["unsupported"] else []
    call.emit(report, "\n".join(lines))
    raise typer.Exit(1 if report["failed"] else 0)
