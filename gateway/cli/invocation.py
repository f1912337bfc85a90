"""How one call of `pulse` was made: what it prints, where, and with which configuration."""

import asyncio
import json
import sys
from collections.abc import Coroutine
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from store.settings import Settings

Result = TypeVar("Result")


@dataclass
class Invocation:
    """The global options of a call. Documents go to stdout, everything else to stderr."""

    json: bool = False
    quiet: bool = False
    verbose: bool = False
    config: Path | None = None

    @cached_property
    def settings(self) -> "Settings":
        """The settings in force; `--config` names the pulse.yaml."""
        from store.log import configure_log
        from store.settings import load_settings

        settings = load_settings(self.config)
        configure_log(settings.secrets(), level=self._level, as_json=False)
        return settings

    def log_to_file(self, service: str) -> None:
        """From now on this service also writes to its rotated file below PULSE_HOME."""
        from store.log import configure_log
        from store.logfile import open_logfile

        file = open_logfile(self.settings.pulse_home, service)
        configure_log(self.settings.secrets(), level=self._level, as_json=False, file=file)

    @property
    def _level(self) -> Literal["debug", "info", "warning", "error"]:
        return "debug" if self.verbose else "error" if self.quiet else "warning"

    @cached_property
    def console(self) -> "Console":
        """Where progress and remarks go: stderr."""
        from rich.console import Console

        return Console(stderr=True, quiet=self.quiet, highlight=False)

    def emit(self, document: Any, text: str | None = None) -> None:
        """Print the result: as one JSON document with `--json`, else as `text`."""
        if self.json or text is None:
            print(json.dumps(document, ensure_ascii=False, default=str, indent=None if self.json else 2))
        else:
            print(text)

    def say(self, text: str) -> None:
        """Tell the person something that is not the result."""
        self.console.print(text, soft_wrap=True, markup=False)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run `work` to its end; Ctrl-C cancels it and raises KeyboardInterrupt."""
        if sys.platform == "win32":
            return asyncio.run(work)
        import uvloop

        return uvloop.run(work)


def of(context: typer.Context) -> Invocation:
    """The invocation that `context` belongs to."""
    found = context.find_object(Invocation)
    if found is None:
        raise RuntimeError("The command was called outside of `pulse`.")
    return found
