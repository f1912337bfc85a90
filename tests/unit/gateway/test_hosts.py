"""Our entry in the configuration of programs that use MCP servers."""

import json
from pathlib import Path

import pytest

from gateway.hosts import HOSTS, entry, environment, plan, write
from store.errors import ConfigurationError
from store.settings import Settings

PULSE = Path("/opt/pulse/bin/pulse")


@pytest.mark.parametrize(
    ("host", "platform", "expected"),
    [
        ("claude-desktop", "darwin", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", "linux", ".config/Claude/claude_desktop_config.json"),
        ("claude-code", "linux", ".claude.json"),
        ("cursor", "win32", ".cursor/mcp.json"),
        ("vscode", "win32", "AppData/Roaming/Code/User/mcp.json"),
    ],
)
def test_every_host_is_found_where_it_keeps_its_servers(
    host: str, platform: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place depends on the host and the operating system."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("APPDATA", raising=False)
    assert HOSTS[host].path(tmp_path, platform) == tmp_path / expected


def test_other_servers_and_settings_of_a_host_stay_as_they_are(tmp_path: Path) -> None:
    """Installing adds one entry; everything else in the file is kept, in its order."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"theme": "dark", "mcpServers": {"other": {"command": "x", "args": ["ü"]}}}), encoding="utf-8")
    ours = entry(HOSTS["claude-desktop"], PULSE, {"PULSE_HOME": "/data"})
    write(plan(HOSTS["claude-desktop"], path, ours))
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "theme": "dark",
        "mcpServers": {
            "other": {"command": "x", "args": ["ü"]},
            "pulse": {"command": str(PULSE), "args": ["mcp", "all"], "env": {"PULSE_HOME": "/data"}},
        },
    }


def test_installing_twice_changes_nothing(tmp_path: Path) -> None:
    """The second time there is nothing left to do."""
    host, path = HOSTS["vscode"], tmp_path / "new" / "mcp.json"
    ours = entry(host, PULSE, {})
    first = plan(host, path, ours)
    write(first)
    assert (first.changed, plan(host, path, ours).changed) == (True, False)
    assert json.loads(path.read_text())["servers"]["pulse"]["type"] == "stdio"


@pytest.mark.parametrize("content", ["{broken", "[]", '{"mcpServers": []}'])
def test_a_file_that_is_not_understood_is_left_alone(content: str, tmp_path: Path) -> None:
    """A broken configuration is the person's to mend; we say so and touch nothing."""
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match="nothing was changed"):
        plan(HOSTS["cursor"], path, {})
    assert path.read_text() == content


def test_a_host_gets_the_home_and_the_files_in_use_but_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts start us in another folder, so paths are absolute; secrets stay in their own file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GITHUB_TOKEN=ghp_hidden\n")
    settings = Settings(_env_file=None, pulse_home=tmp_path / "home", pulse_config=Path("pulse.yaml"), github_token="ghp_hidden")
    assert environment(settings) == {
        "PULSE_HOME": str(tmp_path / "home"),
        "PULSE_CONFIG": str(tmp_path / "pulse.yaml"),
        "PULSE_ENV_FILE": str(tmp_path / ".env"),
    }
