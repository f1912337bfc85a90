"""`python -m benchmarks`: measure, print, and say how many goals are missed."""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks import counting, deriving, ingesting, querying, serving, writing
from benchmarks.goal import Bench, Run, Scale
from store.database import open_database
from store.settings import Settings

RUNS: dict[str, Run] = {
    "requests": counting.run,
    "ingestion": ingesting.run,
    "facts": deriving.run,
    "writing": writing.run,
    "serving": serving.run,
    "queries": querying.run,
}


async def measure(home: Path, names: list[str], scale: Scale) -> int:
    """Run the benchmarks on a scratch installation; the number of missed goals."""
    missed = 0
    settings = Settings(_env_file=None, pulse_home=home, database_url=None)
    async with open_database(settings, role="owner") as db:
        for name in names:
            async for line in RUNS[name](Bench(settings, db, scale)):
                print(line, flush=True)
                missed += not line.reached
    return missed


def main() -> int:
    """Parse, measure, report; 0 also when goals are missed, since times depend on the machine."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Pulse against its goals.")
    parser.add_argument("--scale", choices=["small", "full"], default="small", help="rows of the query benchmarks: a tenth, or all")
    parser.add_argument("--only", choices=sorted(RUNS), action="append", help="one part; may be repeated")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as home:
        Path(home).chmod(0o755)  # root's PostgreSQL runs as a user of its own, who must get in
        missed = asyncio.run(measure(Path(home), given.only or list(RUNS), given.scale))
    print(f"{missed} goals missed" if missed else "every goal reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
