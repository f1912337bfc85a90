"""The bootstrap: from a bare Python to an installed environment."""

import functools
import hashlib
import http.server
import json
import re
import threading
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from tools import bootstrap

NAMES = [
    "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "uv-0.13.9-py3-none-manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64.whl",
    "uv-0.13.9-py3-none-musllinux_1_1_x86_64.whl",
    "uv-0.13.9-py3-none-macosx_11_0_arm64.whl",
    "uv-0.13.9-py3-none-macosx_10_12_x86_64.whl",
    "uv-0.13.9-py3-none-win_amd64.whl",
    "uv-0.9.2-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    "uv-0.13.9.tar.gz",
]


@pytest.mark.parametrize(
    ("system", "machine", "musl", "expected"),
    [
        ("Linux", "x86_64", False, 0),
        ("Linux", "aarch64", False, 1),
        ("Linux", "x86_64", True, 2),
        ("Linux", "aarch64", True, 1),
        ("Darwin", "arm64", False, 3),
        ("Darwin", "x86_64", False, 4),
        ("Windows", "AMD64", False, 5),
    ],
)
def test_each_platform_gets_its_own_wheel(system: str, machine: str, musl: bool, expected: int) -> None:
    """The file names are those of the real index."""
    assert bootstrap.choose_wheel(NAMES, bootstrap.platform_pattern(system, machine, musl=musl)) == NAMES[expected]


def test_without_the_wanted_version_the_newest_is_taken() -> None:
    """A mirror may lag behind; versions are compared as numbers."""
    pattern = bootstrap.platform_pattern("Linux", "x86_64", musl=False)
    assert (bootstrap.choose_wheel(NAMES, pattern, "9.9.9"), bootstrap.choose_wheel([], pattern)) == (NAMES[0], None)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            json.dumps({"files": [{"filename": "uv-1.whl", "url": "../../f/uv-1.whl", "hashes": {"sha256": "ab"}}]}),
            "application/vnd.pypi.simple.v1+json",
        ),
        ('<a href="../../f/uv-1.whl#sha256=ab" data-requires-python="&gt;=3.8">uv-1.whl</a>', "text/html"),
    ],
    ids=["json", "html"],
)
def test_both_forms_of_the_index_are_read(body: str, kind: str) -> None:
    """PyPI answers JSON, most mirrors HTML with relative links."""
    assert bootstrap.parse_index(body.encode(), kind, "https://mirror.example/simple/uv/") == {
        "uv-1.whl": ("https://mirror.example/f/uv-1.whl", "ab")
    }


class Index(http.server.SimpleHTTPRequestHandler):
    """A package index on this machine, silent."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A local index and its folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Index, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", tmp_path
    server.shutdown()
    thread.join()
    server.server_close()


def publish(folder: Path, *, honest: bool) -> None:
    """Put a uv wheel for every platform on the local index."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as wheel:
        wheel.writestr(f"uv-0.13.9.data/scripts/{bootstrap.PROGRAM}", "#!/bin/sh\necho uv 0.13.9\n")
    digest = hashlib.sha256(content.getvalue() if honest else b"another file").hexdigest()
    (folder / "uv").mkdir()
    links = [f'<a href="/{name}#sha256={digest}">{name}</a>' for name in NAMES if name.endswith(".whl")]
    (folder / "uv" / "index.html").write_text("\n".join(links), encoding="utf-8")
    for name in NAMES:
        (folder / name).write_bytes(content.getvalue())


@pytest.fixture
def _toolbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tools of this test land in its own folder."""
    monkeypatch.setattr(bootstrap, "TOOLS", tmp_path / ".tools")


@pytest.mark.usefixtures("_toolbox")
def test_uv_is_fetched_from_the_configured_index(mirror: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where PIP_INDEX_URL points, uv comes from there, and runs."""
    publish(mirror[1], honest=True)
    monkeypatch.setenv("PIP_INDEX_URL", f"{mirror[0]}/")
    uv = bootstrap.download_uv()
    assert (uv, uv.stat().st_mode & 0o111 != 0, sorted(path.name for path in (tmp_path / ".tools").iterdir())) == (
        tmp_path / ".tools" / "uv",
        True,
        ["uv"],
    )


@pytest.mark.usefixtures("_toolbox")
def test_a_wheel_with_another_checksum_is_not_installed(mirror: tuple[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was tampered with never runs."""
    publish(mirror[1], honest=False)
    monkeypatch.setenv("PIP_INDEX_URL", mirror[0])
    with pytest.raises(SystemExit, match="SHA-256"):
        bootstrap.download_uv()
    assert not (tmp_path / ".tools").exists()


def test_the_bootstrap_needs_the_standard_library_only() -> None:
    """It runs before anything is installed."""
    source = Path(bootstrap.__file__).read_text(encoding="utf-8")
    imported = {line.split()[1].split(".")[0] for line in re.findall(r"^(?:import|from) \S+", source, re.MULTILINE)}
    assert imported <= set(__import__("sys").stdlib_module_names)
