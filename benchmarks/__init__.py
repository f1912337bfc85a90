"""Pulse measured against its goals: `make bench`, or `make bench ARGS="--scale full --only queries"`.

Each line stands beside its goal and what peers were measured at. Ratios hold on any machine, absolute times on an idle one with two cores.
"""
