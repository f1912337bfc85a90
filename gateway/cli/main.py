"""Assembly of the `pulse` command and its exit codes: 0 ok, 1 failed, 2 wrong usage or configuration, 3 partial, 130 interrupted."""

import errno
import gc
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import ask, brief, config, costs, db, doctor, integration, logs, mapping, mcp, metric, roles, sync, teams, up
from gateway.cli.arguments import hoist
from gateway.cli.invocation import Invocation
from store.errors import PulseError

INTERRUPTED = 130
EXIT_LIMIT_S = 9.0
"""Service managers kill what takes longer; a database that a cut network hides could make us wait for ever."""
QUIET_LIBRARIES = {"FASTMCP_ENABLE_RICH_TRACEBACKS": "false", "FASTMCP_SHOW_SERVER_BANNER": "false", "FASTMCP_LOG_LEVEL": "WARNING"}
"""FastMCP reads these when it is first imported, which the verbs do later."""
app = typer.Typer(
    name="pulse",
    help="Ask about software delivery; get a number with its chart, its definition and the records behind it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="--json, --quiet, --verbose and --config may stand anywhere in the command.",
)
app.command()(up.up)
app.add_typer(sync.app, name="sync")
app.command()(ask.ask)
app.command()(brief.brief)
app.add_typer(metric.app, name="metric")
app.add_typer(mcp.app, name="mcp")
app.command()(doctor.doctor)
app.add_typer(db.app, name="db")
for role in (roles.serve, roles.worker, roles.scheduler):
    app.command()(role)
app.command()(logs.logs)
app.add_typer(mapping.app, name="mapping")
app.add_typer(config.app, name="config")
app.add_typer(costs.app, name="costs")
app.add_typer(teams.app, name="teams")
app.add_typer(integration.app, name="integration")


def _show_version(wanted: bool) -> None:
    if wanted:
        print(version("pulse-engineering-analytics"))
        raise typer.Exit


@app.callback()
def pulse(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else there.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress and no remarks.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Logs of every step on stderr.")] = False,
    config_file: Annotated[Path | None, typer.Option("--config", metavar="FILE", help="The pulse.yaml to use.")] = None,
    _version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Read the global options."""
    context.obj = Invocation(json=as_json, quiet=quiet, verbose=verbose, config=config_file)


def run(arguments: Sequence[str]) -> int:
    """Run `pulse` with `arguments`; returns the exit code."""
    ordered = hoist(arguments)
    for name, value in QUIET_LIBRARIES.items():
        os.environ.setdefault(name, value)
    try:
        return int(app(args=ordered, prog_name="pulse", standalone_mode=False) or 0)
    except KeyboardInterrupt:
        return INTERRUPTED
    except PulseError as error:
        return _failed(str(error), error.exit_code, as_json="--json" in ordered)
    except typer.TyperException as error:
        return _failed(error.format_message(), error.exit_code, as_json="--json" in ordered)
    except typer.Abort:
        return 1
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        return _failed(f"{error.filename or 'The file'} cannot be used ({error.strerror}).", 1, as_json="--json" in ordered)


def _failed(message: str, code: int, *, as_json: bool) -> int:
    print(f"pulse: {message}", file=sys.stderr)
    if as_json:
        print(json.dumps({"error": message}, ensure_ascii=False))
    return code


def end_as_by_ctrl_c() -> None:
    """Let SIGTERM, the word of service managers, do what Ctrl-C does: what is begun is left in good order, as far as there is time."""

    def told(*_: object) -> None:
        last = threading.Timer(EXIT_LIMIT_S, os._exit, [INTERRUPTED])  # whatever hangs: every page is safe, as after a kill
        last.daemon = True
        last.start()
        signal.raise_signal(signal.SIGINT)

    signal.signal(signal.SIGTERM, told)
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # what scripts start in the background is deaf to it, and to what stands for it
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main() -> None:
    """Entry point of the `pulse` script."""
    end_as_by_ctrl_c()
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 1
    gc.freeze()  # the collection at the end would walk all that was imported, a quarter of the time of a short command
    sys.exit(code)
