"""The demo company: `model` says what is in it, `generate.build_company` makes it.

A working life is simulated sprint by sprint (`work`, `backlog`, `reviewing`, `chores`), shipped and repaired (`shipping`, `outages`), written down as
plans (`plan`) that reach beyond `now`, and shown as GitHub and Jira have it at `now` (`git_side`, `delivery_side`, `jira_side`, `tickets`).
The stories the numbers tell are in `stories`, the people in `staff`.
"""
