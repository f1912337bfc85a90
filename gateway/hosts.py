"""Programs that speak MCP (Claude Desktop, Claude Code, Cursor, VS Code): where they keep their servers, and our entry in there."""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.errors import ConfigurationError
from store.settings import Settings

SERVER = "pulse"


@dataclass(frozen=True)
class Host:
    """A program that starts MCP servers: its configuration file under the application-data folder or the home, and the key of its servers."""

    name: str
    file: str
    in_application_data: bool
    key: str = "mcpServers"
    typed: bool = False
    """Whether an entry says `"type": "stdio"`."""

    def path(self, home: Path, platform: str = sys.platform) -> Path:
        """The configuration file of the host for the user at `home`."""
        return (_application_data(home, platform) if self.in_application_data else home) / self.file


HOSTS = {
    host.name: host
    for host in (
        Host("claude-desktop", "Claude/claude_desktop_config.json", in_application_data=True),
        Host("claude-code", ".claude.json", in_application_data=False, typed=True),
        Host("cursor", ".cursor/mcp.json", in_application_data=False),
        Host("vscode", "Code/User/mcp.json", in_application_data=True, key="servers", typed=True),
    )
}


@dataclass(frozen=True)
class Installation:
    """What would be, or was, written."""

    path: Path
    entry: Mapping[str, Any]
    document: Mapping[str, Any]
    changed: bool


def _application_data(home: Path, platform: str) -> Path:
    if platform == "darwin":
        return home / "Library" / "Application Support"
    if platform == "win32":
        return Path(os.environ.get("APPDATA", home / "AppData" / "Roaming"))
    return Path(os.environ.get("XDG_CONFIG_HOME", home / ".config"))


def entry(host: Host, command: Path, environment: Mapping[str, str]) -> dict[str, Any]:
    """How `host` starts all Pulse servers over stdio."""
    start = {"command": str(command), "args": ["mcp", "all"], "env": dict(environment)}
    return {"type": "stdio", **start} if host.typed else start


def plan(host: Host, path: Path, ours: Mapping[str, Any]) -> Installation:
    """The configuration in `path` with our entry in it; everything else in it stays as it is.

    Raises:
        ConfigurationError: the file is there but is not a JSON object of the known form; it is left alone.
    """
    document = _read(path)
    servers = document.get(host.key, {})
    if not isinstance(servers, dict):
        raise ConfigurationError(f"`{host.key}` in {path} is not an object, so nothing was changed; mend the file and try again.")
    changed = servers.get(SERVER) != dict(ours)
    return Installation(path, ours, {**document, host.key: {**servers, SERVER: dict(ours)}}, changed)


def write(installation: Installation) -> None:
    """Put the planned document in place at once, through a link if the file is one, with its permissions kept."""
    path = installation.path.resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f"{path.name}.pulse-part")
    half.write_text(json.dumps(installation.document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    half.chmod(path.stat().st_mode & 0o777 if path.exists() else 0o600)
    half.replace(path)


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig") or "{}")
    except (ValueError, OSError) as error:
        raise ConfigurationError(f"{path} cannot be read as JSON, so nothing was changed; mend the file and try again.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"{path} does not hold a JSON object, so nothing was changed; mend the file and try again.")
    return content


def own_command() -> Path:
    """The absolute path of this installation's `pulse`.

    Raises:
        ConfigurationError: this Python has no `pulse` script beside it.
    """
    folder = Path(sys.executable).parent
    for name in ("pulse", "pulse.exe"):
        if (folder / name).is_file():
            return folder / name
    raise ConfigurationError(f"There is no `pulse` in {folder}; install Pulse there, for example with `uv sync`.")


def environment(settings: Settings) -> dict[str, str]:
    """What a host must set so that Pulse finds the same data and configuration from any working folder; no secrets."""
    found = {"PULSE_HOME": str(settings.pulse_home)}
    if settings.pulse_config is not None:
        found["PULSE_CONFIG"] = str(settings.pulse_config.absolute())
    dotenv = Path(".env")
    if dotenv.is_file():
        found["PULSE_ENV_FILE"] = str(dotenv.absolute())
    return found
