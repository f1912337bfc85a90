"""PNG and SVG from a specification, in a process of its own: the renderer holds the interpreter while it works.

A spawned process, never a forked one (that hangs), and no address may be loaded: a specification cannot make the server fetch anything.
"""

import asyncio
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from typing import Any

import vl_convert

from store.errors import PulseError

SCALE = 2
TIMEOUT_S = 20.0
_TINY: dict[str, Any] = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


class RenderingFailed(PulseError):
    """The chart could not be turned into a picture; its specification is still there."""


@cache
def _pool() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))


def _png(spec: dict[str, Any], scale: float) -> bytes:
    return bytes(vl_convert.vegalite_to_png(spec, scale=scale, allowed_base_urls=[]))


def _svg(spec: dict[str, Any], _scale: float) -> bytes:
    return svg_here(spec).encode()


def svg_here(spec: Mapping[str, Any]) -> str:
    """The chart as SVG text, made in this process; for tools that serve nobody meanwhile."""
    return str(vl_convert.vegalite_to_svg(dict(spec), allowed_base_urls=[]))


async def _render(work: Any, spec: Mapping[str, Any], scale: float) -> bytes:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return bytes(await asyncio.get_running_loop().run_in_executor(_pool(), work, dict(spec), scale))
    except BrokenProcessPool as error:
        close()
        raise RenderingFailed("The rendering process died; ask again.") from error
    except TimeoutError as error:
        close()  # the next chart shall not wait behind this one
        raise RenderingFailed(f"Rendering took longer than {TIMEOUT_S:g} s; ask for fewer groups or a coarser grain.") from error
    except ValueError as error:
        raise RenderingFailed(f"The chart could not be rendered: {str(error)[:200]}") from error


async def png(spec: Mapping[str, Any], scale: float = SCALE) -> bytes:
    """The chart as a PNG, `scale` pixels per point."""
    return await _render(_png, spec, scale)


async def svg(spec: Mapping[str, Any]) -> str:
    """The chart as SVG text."""
    return (await _render(_svg, spec, 1)).decode()


async def warm() -> None:
    """Start the process and load the renderer, so that the first chart does not wait for it."""
    await svg(_TINY)


def close() -> None:
    """Stop the process; the next chart starts another."""
    if _pool.cache_info().currsize:
        _pool().shutdown(wait=False, cancel_futures=True)
        _pool.cache_clear()
