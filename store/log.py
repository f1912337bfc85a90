"""Structured log lines on standard error; no secret in use ever appears in them."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from typing import Any, Literal, TextIO, cast
from urllib.parse import quote

import structlog

Level = Literal["debug", "info", "warning", "error"]
MASK = "***"
MIN_SECRET_CHARACTERS = 4
"""Shorter values would mask ordinary words."""

# Shapes of credentials that may come from elsewhere: a header, a URL, a pasted token.
SHAPES = re.compile(
    r"(?i)(?P<lead>(?:bearer|basic|token)\s+)[\w.~+/=-]{8,}"
    r"|(?P<url>://[^/\s:@]*:)[^@\s/]+(?=@)"
    r"|(?P<key>[?&](?:token|access_token|api_key|key|password|secret|sig|signature)=)[^&\s\"']+"
    r"|\b(?:gh[opsu]_\w{16,}|github_pat_\w{16,}|ATATT[\w=-]{16,}|sk-[\w-]{16,}|xox[abp]-[\w-]{10,}|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
)


class Masker:
    """Replaces every known secret, and everything shaped like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {
            spelling for secret in secrets if len(secret) >= MIN_SECRET_CHARACTERS for spelling in (secret, quote(secret, safe=""))
        }
        longest_first = sorted(spellings, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(spelling) for spelling in longest_first)) if longest_first else None

    def text(self, value: str) -> str:
        """`value` without secrets."""
        if self._known is not None:
            value = self._known.sub(MASK, value)
        return SHAPES.sub(_keep_lead, value)

    def anything(self, value: Any) -> Any:
        """The same for whatever a log line may hold."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {key: self.anything(item) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.anything(item) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self.text(str(value))

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor."""
        return {key: self.anything(value) for key, value in event.items()}


def _keep_lead(found: re.Match[str]) -> str:
    return (found["lead"] or found["url"] or found["key"] or "") + MASK


class _StandardError:
    """Whatever standard error is when a line is written: it may have been redirected since."""

    def write(self, line: str) -> int:
        return sys.stderr.write(line)

    def flush(self) -> None:
        sys.stderr.flush()


class _ToStructlog(logging.Handler):
    """Sends what libraries log by the standard module through the same masks."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info if record.exc_info and record.exc_info[0] is not None else None
        structlog.get_logger(record.name).log(max(record.levelno, logging.DEBUG), record.getMessage(), exc_info=error)


class _ToFile:
    """Writes every line to a file as JSON, then drops it where it is below what standard error shows."""

    def __init__(self, handler: logging.Handler, shown: int) -> None:
        self._handler, self._shown, self._render = handler, shown, structlog.processors.JSONRenderer()

    def __call__(self, logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor."""
        number = logging.ERROR if method == "exception" else logging.getLevelNamesMapping().get(method.upper(), logging.INFO)
        line = self._render(logger, method, dict(event))
        self._handler.handle(logging.LogRecord("pulse", number, "", 0, line, None, None))
        if number < self._shown:
            raise structlog.DropEvent
        return event


def configure_log(
    secrets: Iterable[str] = (), *, level: Level = "info", as_json: bool | None = None, file: logging.Handler | None = None
) -> None:
    """Set up logging for this process; `as_json` defaults to whether standard error is not a terminal.

    `file` gets every line from info on, whatever standard error shows.
    """
    shown = logging.getLevelNamesMapping()[level.upper()]
    number = min(shown, logging.INFO) if file is not None else shown
    machine = not sys.stderr.isatty() if as_json is None else as_json
    mask = Masker(secrets)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,  # a traceback becomes text here, so that it is masked like the rest
            mask,
            *([_ToFile(file, shown)] if file is not None else []),
            structlog.processors.JSONRenderer() if machine else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_ToStructlog()]
    root.setLevel(max(number, logging.INFO))
    for noisy in ("httpx", "httpcore", "procrastinate", "alembic", "asyncio", "mcp"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))
