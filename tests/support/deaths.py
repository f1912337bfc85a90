"""Syncs that die as told, seen from the test that wants them to."""

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stand_in import environment_of

from store.database import Database
from store.settings import Settings

SCRIPT = Path(__file__).with_name("dying.py")


async def die(
    db: Database, settings: Settings, deaths: Sequence[dict[str, Any]], *, sources: Sequence[str] = ("github", "jira"), derive: bool = False
) -> list[str]:
    """How each of the processes ended that were to die, and last how the one that was left to finish did."""
    plan = {"sources": list(sources), "full": False, "derive": derive, "deaths": list(deaths), "then_finish": True}
    given = {**os.environ, **environment_of(settings), "DATABASE_URL": db.dsn}
    process = await asyncio.create_subprocess_exec(sys.executable, str(SCRIPT), json.dumps(plan), env=given, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    return list(json.loads(said))
