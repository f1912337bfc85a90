"""`python -m benchmarks`: measure, print, and say how many goals are missed."""

import argparse
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import counting, deriving, ingesting, querying, serving, writing
from benchmarks.child import run_as_served
from benchmarks.goal import Bench, Run
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

GROUPS = {"all": tuple(RUNS), "etl": ("requests", "ingestion", "facts", "writing"), "metrics": ("queries",)}
SMALL = 0.1


def scale(word: str) -> float:
    """The part of the goals' size that a word means."""
    return {"small": SMALL, "full": 1.0}.get(word) or float(word)


async def measure(home: Path, names: Iterable[str], factor: float) -> int:
    """Run the benchmarks on a scratch installation; the number of missed goals."""
    missed = 0
    settings = Settings(_env_file=None, pulse_home=home, database_url=None)
    async with open_database(settings, role="owner") as db:
        for name in names:
            async for line in RUNS[name](Bench(settings, db, factor)):
                print(line, flush=True)
                missed += not line.reached
    return missed


def main() -> int:
    """Parse, measure, report; 0 also when goals are missed, since times depend on the machine."""
    parser = argparse.ArgumentParser(prog="make bench", description="Measure Pulse against its goals.")
    parser.add_argument(
        "--scale", type=scale, default=SMALL, metavar="SIZE", help="small (a tenth, the default), full, or a part such as 0.02"
    )
    parser.add_argument("--home", type=Path, help="keep the installation here; one that is filled already is used again")
    parser.add_argument("--group", choices=sorted(GROUPS), default="all", help="which parts, unless --only names them")
    parser.add_argument("--only", choices=sorted(RUNS), action="append", help="one part; may be repeated")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pulse-bench-") as scratch:
        home = given.home or Path(scratch)
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)  # root's PostgreSQL runs as a user of its own, who must get in
        missed = run_as_served(measure(home, given.only or GROUPS[given.group], given.scale))
    print(f"{missed} goals missed" if missed else "every goal reached")
    return 0


if __name__ == "__main__":
    sys.exit(main())
