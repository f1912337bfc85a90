"""A `pulse worker` whose clocks run ten times as fast, so that a takeover costs seconds: `python hasty_worker.py NAME`.

Its sessions carry the name as `pulse.worker`, so that a trigger can tell who wrote.
"""

import sys

from etl import holding
from gateway.cli.main import end_as_by_ctrl_c, run
from store import queue, roles


def main() -> int:
    """Work until told to end."""
    holding.HEARTBEAT_S, holding.TAKEOVER_S = 0.5, 3.0
    queue.HEARTBEAT_S, queue.STALLED_AFTER_S, queue.TRY_LATER_S, queue.RESCUE_CRON = 1, 2, 1, "* * * * * *"
    roles.SESSION["etl"] |= {"idle_in_transaction_session_timeout": "3s", "lock_timeout": "3s", "pulse.worker": sys.argv[1]}
    end_as_by_ctrl_c()
    return run(["worker"])


if __name__ == "__main__":
    sys.exit(main())
