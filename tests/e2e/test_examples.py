"""The scripts in examples/ do what they say."""

import subprocess
import sys

import pytest

from tests.e2e.conftest import ROOT, Running

pytestmark = pytest.mark.timeout(60)


@pytest.mark.parametrize(
    ("script", "arguments", "expected"),
    [
        ("ask_over_http.py", ["{url}", "What was our change fail rate last quarter?"], "done"),
        ("mcp_client.py", ["{url}/mcp", "change_lead_time", "last_quarter"], "change_lead_time"),
    ],
)
def test_an_example_runs_against_a_running_pulse(running: Running, script: str, arguments: list[str], expected: str) -> None:
    """It ends well and prints what it found."""
    given = [argument.format(url=running.url) for argument in arguments]
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / script), *given], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert expected in done.stdout
