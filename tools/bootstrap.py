"""Make the environment: find or fetch uv, then install what the lock file says. Needs Python and nothing else.

    python3 tools/bootstrap.py [--no-sync]

uv comes from PATH when it is recent enough, else as a wheel from the package index (UV_DEFAULT_INDEX, UV_INDEX_URL or PIP_INDEX_URL,
default PyPI), checked against the index's SHA-256, into `.tools/`. SSL_CERT_FILE, REQUESTS_CA_BUNDLE and PIP_CERT are honoured,
proxies too. Where the lock file's own URLs cannot be reached but an index is configured, the same pinned versions and hashes come from that index.
"""

import hashlib
import html
import json
import os
import platform
import re
import shutil
import ssl
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
UV_VERSION = "0.13.9"
OLDEST_UV = (0, 9)
DEFAULT_INDEX = "https://pypi.org/simple"
TIMEOUT_S = 120
PROGRAM = "uv.exe" if os.name == "nt" else "uv"


def index_url() -> str:
    """The package index in use."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name].rstrip("/")
    return DEFAULT_INDEX


def platform_pattern(system: str, machine: str, *, musl: bool) -> str:
    """A regular expression for the platform part of a wheel that runs here."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine.lower(), machine.lower())
    if system == "Darwin":
        return rf"macosx_\d+_\d+_(universal2|{'arm64' if machine == 'aarch64' else machine})"
    if system == "Windows":
        return {"x86_64": "win_amd64", "aarch64": "win_arm64"}.get(machine, "win32")
    return rf"(.*\.)?{'musllinux' if musl else 'manylinux'}_?\w*?{machine}(\..*)?"


def parse_index(body: bytes, content_type: str, page: str) -> dict[str, tuple[str, str]]:
    """File name to (URL, SHA-256) from a page of the simple API, JSON or HTML."""
    if "json" in content_type:
        files = json.loads(body)["files"]
        return {file["filename"]: (urllib.parse.urljoin(page, file["url"]), file["hashes"].get("sha256", "")) for file in files}
    found = {}
    for link in re.findall(r'href="([^"]+)"', body.decode("utf-8")):
        url, _, fragment = urllib.parse.urljoin(page, html.unescape(link)).partition("#")
        found[url.rsplit("/", 1)[-1]] = (url, fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else "")
    return found


def choose_wheel(names: list[str], pattern: str, version: str = UV_VERSION) -> str | None:
    """The wheel of the wanted version, else the newest that fits this platform."""
    fitting = [name for name in names if re.fullmatch(rf"uv-[\d.]+-py3-none-{pattern}\.whl", name)]
    wanted = [name for name in fitting if name.startswith(f"uv-{version}-")]
    return max(wanted or fitting, key=_version_of, default=None)


def _version_of(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name.split("-")[1]))


def fetch(url: str, accept: str = "*/*") -> tuple[bytes, str]:
    """Content and content type of a URL."""
    headers = {"Accept": accept, "User-Agent": "pulse-bootstrap"}
    parts = urllib.parse.urlsplit(url)
    handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=_tls())]
    if parts.username:
        manager = urllib.request.HTTPPasswordMgrWithPriorAuth()
        url = urllib.parse.urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        manager.add_password(
            None, url, urllib.parse.unquote(parts.username), urllib.parse.unquote(parts.password or ""), is_authenticated=True
        )
        handlers.append(urllib.request.HTTPBasicAuthHandler(manager))
    with urllib.request.build_opener(*handlers).open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT_S) as answer:
        return answer.read(), answer.headers.get("content-type", "")


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "CURL_CA_BUNDLE"):
        path = os.environ.get(name)
        if path and Path(path).is_file():
            context.load_verify_locations(path)
    return context


def download_uv() -> Path:
    """Fetch the uv wheel for this platform, check it and unpack its program into `.tools/`."""
    page = f"{index_url()}/uv/"
    say(f"Fetching uv from {urllib.parse.urlsplit(page).hostname or page} …")
    body, kind = fetch(page, "application/vnd.pypi.simple.v1+json, text/html;q=0.5")
    files = parse_index(body, kind, page)
    pattern = platform_pattern(platform.system(), platform.machine(), musl=bool(list(Path("/lib").glob("ld-musl-*"))))
    name = choose_wheel(list(files), pattern)
    if name is None:
        raise SystemExit(f"The index {page} has no uv for this platform; install uv yourself and put it on PATH.")
    url, expected = files[name]
    content, _ = fetch(url)
    if hashlib.sha256(content).hexdigest() != expected:
        raise SystemExit(f"{name} does not have the SHA-256 that the index states; nothing was installed.")
    return unpack(name, content)


def unpack(name: str, wheel: bytes) -> Path:
    """Put the program inside a uv wheel into `.tools/`."""
    TOOLS.mkdir(exist_ok=True)
    archive = TOOLS / name
    archive.write_bytes(wheel)
    with zipfile.ZipFile(archive) as opened:
        member = next(entry for entry in opened.namelist() if entry.endswith(f".data/scripts/{PROGRAM}"))
        draft = TOOLS / f"{PROGRAM}.new"
        draft.write_bytes(opened.read(member))
    draft.chmod(0o755)
    archive.unlink()
    return draft.replace(TOOLS / PROGRAM)


def find_uv() -> Path:
    """A uv that is recent enough: ours, the one on PATH, or a fetched one."""
    for candidate in (TOOLS / PROGRAM, shutil.which("uv")):
        if candidate and Path(candidate).is_file() and _is_recent(Path(candidate)):
            return Path(candidate)
    return download_uv()


def _is_recent(uv: Path) -> bool:
    try:
        answer = subprocess.run([uv, "--version"], capture_output=True, text=True, check=True, timeout=30).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    found = re.search(r"(\d+)\.(\d+)", answer)
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_UV


def sync(uv: Path) -> int:
    """Install exactly what the lock file says; from the configured index when the lock file's URLs are out of reach."""
    base = [str(uv), "--project", str(ROOT)]
    code = subprocess.run(
        [*base, "sync", "--locked", "--quiet", "--python", sys.executable], check=False, env=_plain_environment()
    ).returncode
    if code == 0 or index_url() == DEFAULT_INDEX:
        return code
    say(f"Trying again with {urllib.parse.urlsplit(index_url()).hostname} …")
    pins = TOOLS / "requirements.txt"
    TOOLS.mkdir(exist_ok=True)
    steps = [
        [*base, "export", "--frozen", "--quiet", "--no-emit-project", "--output-file", str(pins)],
        [*base, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(ROOT / ".venv")],
        [*base, "pip", "sync", "--quiet", "--require-hashes", "--index-url", index_url(), "--python", str(ROOT / ".venv"), str(pins)],
        [
            *base,
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--index-url",
            index_url(),
            "--python",
            str(ROOT / ".venv"),
            "--editable",
            str(ROOT),
        ],
    ]
    return next((code for step in steps if (code := subprocess.run(step, check=False).returncode)), 0)


def _plain_environment() -> dict[str, str]:
    """The environment without another index: the lock file holds its own URLs and must not be found outdated."""
    return {
        name: value for name, value in os.environ.items() if name not in {"UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "VIRTUAL_ENV"}
    }


def say(sentence: str) -> None:
    """Tell the person who waits; standard output stays free for data."""
    print(sentence, file=sys.stderr, flush=True)


def main() -> int:
    """Find uv and make the environment."""
    if sys.version_info < (3, 11):  # noqa: UP036  (this is where an older one is told so)
        raise SystemExit(
            f"Pulse needs Python 3.11 or newer; this is {platform.python_version()}. Call make with PYTHON=/path/to/python3.11."
        )
    try:
        uv = find_uv()
    except urllib.error.URLError as error:
        raise SystemExit(
            f"uv cannot be fetched from {index_url()}: {error.reason}. Set PIP_INDEX_URL, or install uv and put it on PATH."
        ) from None
    return 0 if "--no-sync" in sys.argv else sync(uv)


if __name__ == "__main__":
    sys.exit(main())
