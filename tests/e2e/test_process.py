"""`pulse up` as an operator sees it."""

import json
import re
import subprocess

import httpx
import pytest

from tests.e2e.conftest import Running, pulse

pytestmark = pytest.mark.timeout(120)


def run(running: Running, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command beside the running Pulse, on the same home."""
    return subprocess.run([pulse(), *arguments], capture_output=True, text=True, timeout=100, env=running.environment, check=False)


def test_the_start_tells_address_seconds_and_memory(running: Running) -> None:
    """One line says where it is, how long it took and what it costs."""
    assert re.search(
        r"Pulse is ready at http://127\.0\.0\.1:\d+ after [\d.]+ s \(\d+ MiB in use\)", running.log.read_text(errors="replace")
    )


def test_a_command_beside_the_running_pulse_answers_from_the_same_data(running: Running) -> None:
    """`pulse ask --json` prints one document and nothing else on stdout."""
    done = run(running, "ask", "What was our deployment frequency last month?", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"], document["plan"]["metrics"]) == (0, "ok", ["deployment_frequency"])
    assert all(figure["evidence"] in {item["id"] for item in document["evidence"]} for figure in document["figures"])


def test_the_rest_interface_gives_the_same_number_as_the_command_line(running: Running) -> None:
    """One engine behind both doors."""
    command = json.loads(run(running, "metric", "query", "throughput", "--period", "last_quarter", "--json").stdout)
    rest = httpx.get(
        f"{running.url}/api/v1/metrics/throughput/query", params={"period": "last_quarter"}, trust_env=False, timeout=30
    ).json()
    assert (rest["value"], rest["n"], rest["window"]) == (command["value"], command["n"], command["window"])


def test_runs_of_the_first_sync_are_listed(running: Running) -> None:
    """Every source has a run that ended well."""
    found = json.loads(run(running, "sync", "status", "--json").stdout)
    assert {entry["source"]: entry["status"] for entry in found} == {"github": "ok", "jira": "ok"}
