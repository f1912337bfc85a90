"""The folder that Chainlit runs from: settings, theme and elements of ours, its own page without foreign hosts, and the chart library."""

import json
import os
import re
import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import vl_convert

HERE = Path(__file__).parent
BUNDLE = "vega.js"
"""Name of the chart library under public/."""
FOREIGN_LINK = re.compile(r"<link\b[^>]*https?://[^>]*>\s*", re.DOTALL)
LIBRARY = "window.vegaEmbed = vegaEmbed;"
PLACEHOLDER = "Ask about lead time, deployments, incidents, reviews, sprints …"


def prepare(folder: Path) -> Path:
    """Fill `folder` for Chainlit and point it there; must run before Chainlit is imported. Takes a second at first, later milliseconds."""
    public = folder / "public"
    shutil.copytree(HERE / "public", public, dirs_exist_ok=True)
    settings = folder / ".chainlit"
    settings.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(HERE / "chainlit.toml", settings / "config.toml")
    (folder / "chainlit.md").write_text("", encoding="utf-8")  # an empty one hides the page's "Readme"
    _keep_words(settings / "translations")
    _keep_page(folder / "frontend")
    _keep_bundle(public)
    os.environ["CHAINLIT_APP_ROOT"] = str(folder)
    return folder


def local_page(page: str) -> str:
    """Chainlit's page without links to other hosts (fonts, formulas)."""
    return FOREIGN_LINK.sub("", page)


def _keep_page(folder: Path) -> None:
    original = _chainlit() / "frontend" / "dist"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(local_page((original / "index.html").read_text(encoding="utf-8")), encoding="utf-8")
    assets = folder / "assets"
    if assets.is_symlink() or assets.is_file():
        assets.unlink()
    if not assets.exists():
        try:
            assets.symlink_to(original / "assets", target_is_directory=True)
        except OSError:  # Windows lets only some accounts make links
            shutil.copytree(original / "assets", assets)


def _keep_words(folder: Path) -> None:
    """Chainlit's English words with our own hint in the empty input."""
    words = json.loads((_chainlit() / "translations" / "en-US.json").read_text(encoding="utf-8"))
    words["chat"]["input"]["placeholder"] = PLACEHOLDER
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "en-US.json").write_text(json.dumps(words, indent=2, ensure_ascii=False), encoding="utf-8")


def _chainlit() -> Path:
    found = find_spec("chainlit")
    if found is None or found.origin is None:
        raise ModuleNotFoundError("chainlit")
    return Path(found.origin).parent


def _keep_bundle(public: Path) -> None:
    """Write the chart library once per version; the version is its first line."""
    path, stamp = public / BUNDLE, f"// vl-convert {version('vl-convert-python')}\n"
    if path.exists() and path.read_text(encoding="utf-8")[: len(stamp)] == stamp:
        return
    half = path.with_suffix(".part")
    half.write_text(stamp + vl_convert.javascript_bundle(LIBRARY), encoding="utf-8")
    half.replace(path)
