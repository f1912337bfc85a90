"""Charts of an answer as files: the Vega-Lite spec, and pictures of it."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from servers.charts.render import close, png, svg


async def write_charts(charts: Iterable[Mapping[str, Any]], folder: Path) -> list[Path]:
    """Write each chart as `c1.vl.json`, `c1.svg` and `c1.png`; returns the files."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    try:
        return [path for chart in charts for path in await _write(chart, folder / str(chart["id"]))]
    finally:
        close()


async def _write(chart: Mapping[str, Any], stem: Path) -> list[Path]:
    spec = chart["spec"]
    text = json.dumps(spec, ensure_ascii=False, indent=1)
    contents = {".vl.json": text.encode(), ".svg": (await svg(spec)).encode(), ".png": await png(spec)}
    paths = [stem.with_suffix(suffix) for suffix in contents]
    for path, content in zip(paths, contents.values(), strict=True):
        await asyncio.to_thread(path.write_bytes, content)
    return paths
