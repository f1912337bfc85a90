"""Which concepts, found close together, ask for which metric.

A rule is `[weight:]CONCEPT CONCEPT … [-FORBIDDEN]`; all concepts must be present and none of the forbidden ones near. Without a weight each
concept counts 10. A rule below 8 is weak: it answers only when nothing stronger was said. Languages differ in words, not in rules.
"""

from servers.metrics.catalogue import CATALOGUE

METRIC_RULES: dict[str, str] = {
    "deployment_frequency": "20:DF | DEPLOY OFTEN | COUNT DEPLOY | 9:OFTEN PROD | 7:DEPLOY | 9:DEPLOY MORE | 18:DEPLOY GROW | 9:COUNT PROD | 12:DEPLOY SPEED",
    "change_lead_time": "14:LEADTIME | LEADTIME CHANGE | 12:CHANGE DURATION | CHANGE DURATION PROD | 9:DURATION PROD -RECOVER -MERGE | "
    "8:DURATION DEPLOY -FAIL -RECOVER -MERGE -INCIDENT -PIPELINE | 14:CHANGE PROD DURATION | 7:CHANGE SLOW | 8:CYCLE PROD",
    "change_fail_rate": "16:DEPLOY STABILITY | 14:CFR | CHANGE FAIL | CHANGE FAIL SHARE | DEPLOY FAIL SHARE | 12:DEPLOY FAIL | DEPLOY INCIDENT SHARE | 9:FAIL SHARE | 22:COUNT DEPLOY FAIL | 16:PROD FAIL SHARE | 22:DEPLOY INCIDENT OFTEN | 22:DEPLOY FAIL OFTEN | 29:RECOVER DEPLOY SHARE",
    "failed_deployment_recovery_time": "15:FDRT | 25:FDRT DEPLOY | RECOVER DEPLOY | RECOVER DEPLOY FAIL | RECOVER FAIL | RECOVER CHANGE | 9:RECOVER | 14:MTTR | 35:RECOVER DURATION DEPLOY FAIL | 24:RESTORE DEPLOY FAIL",
    "time_to_restore": "12:RESTORE | RESTORE INCIDENT | RECOVER INCIDENT | MTTR INCIDENT | 13.9:MTTR | 20:INCIDENT LAST_LONG | 22:INCIDENT DURATION | 24:INCIDENT FINISH DURATION | 12:LAST_LONG | 24:RESTORE SERVICE | 22:RESTORE DURATION",
    "deployment_rework_rate": "14:REWORK SHARE | DEPLOY REWORK | HOTFIX SHARE | ROLLBACK SHARE | 9:HOTFIX | 9:ROLLBACK | 9:REWORK | DEPLOY HOTFIX | 22:DEPLOY ROLLBACK",
    "incident_count": "9:INCIDENT | 22:SERVICE FAIL OFTEN | COUNT INCIDENT | INCIDENT OFTEN | 11:INCIDENT SEVERITY | 22:PROD INCIDENT",
    "deployment_job_success_rate": "PIPELINE SUCCESS | 12:PIPELINE SHARE | 9:PIPELINE | DEPLOY SUCCESS | PIPELINE FAIL | 33:PIPELINE SUCCESS SHARE | 33:PIPELINE FAIL SHARE | 33:DEPLOY SUCCESS SHARE",
    "changes_per_deployment": "14:BATCH | 25:BATCH DEPLOY | 27:PR BATCH | 38:COUNT PR BATCH",
    "pr_cycle_time": "24:PR CYCLE | CYCLE MERGE | 26:PR DURATION MERGE | 12.9:CYCLE | 12:DURATION MERGE | 25:CYCLE REVIEW -PROD | 15:PR SLOW | 14:PR DURATION -REVIEW -PICKUP -AGE -OPEN | 24:OPEN MERGE DURATION | 42:OPEN PR DURATION MERGE | 26:PR LEADTIME MERGE | 25:PR LEADTIME | 26:PR FASTER MERGE | 20:PR FASTER -REVIEW | 38:DURATION CHANGE MERGE",
    "pr_coding_time": "CODING | 20:CODING DURATION | 44:CODING DURATION OPEN PR",
    "pr_pickup_time": "14:PICKUP | WAIT REVIEW | FIRST REVIEW | 25:PICKUP PR | 30:FIRST REVIEW WAIT | 30:FIRST REVIEW DURATION | 32:PR WAIT REVIEW | 32:PICKUP REVIEW DURATION | 26:WAIT REVIEW | 36:WAIT REVIEW DURATION",
    "pr_review_time": "26:REVIEWTIME | 20:REVIEW DURATION | 22:REVIEW SLOW | 8:REVIEW -UNREVIEWED -ROUNDS -FIRST -WAIT | 26:PR REVIEW DURATION | 28:REVIEW FASTER",
    "pr_approval_to_merge_time": "22:APPROVAL MERGE | 12:APPROVAL | 24:APPROVAL DURATION | 38:APPROVAL PR MERGE | 50:APPROVAL PR MERGE DURATION",
    "pr_deploy_time": "21:MERGE DEPLOY | 22:MERGE PROD | 33:MERGE DEPLOY DURATION | 33:MERGE PROD DURATION | 33:MERGE WAIT DEPLOY",
    "pr_throughput": "22:COUNT PR | 20:PR MERGE | 33:COUNT PR MERGE | 21:PR THROUGHPUT | 9:PR OFTEN | 32:PR FINISH COUNT | 13:COUNT MERGE",
    "merged_prs_per_engineer": "32:PR PERENGINEER | 40:PR MERGE PERENGINEER | 44:COUNT PR MERGE PERENGINEER",
    "pr_size": "22:PR SIZE | 24:PR BUCKET | 25:PR SIZE BUCKET | 20:CHANGE SIZE | 24:PR SIZE GROW",
    "pr_review_rounds": "22:REVIEW ROUNDS | 14:ROUNDS | 24:PR ROUNDS | 38:PR ROUNDS MERGE | 44:COUNT PR ROUNDS MERGE",
    "unreviewed_merge_rate": "24:UNREVIEWED | 36:MERGE UNREVIEWED | 36:MERGE WITHOUT REVIEW | 33:CHANGE UNREVIEWED | 26:WITHOUT REVIEW",
    "open_pr_age": "24:OPEN PR AGE | 21:PR AGE | 21:OPEN PR | 35:OPEN PR DURATION",
    "stale_pr_count": "23:STALE PR | 9:STALE -PR | 32:COUNT STALE PR | 30:OPEN STALE PR | 44:COUNT PR STALE | 24:PR STALE",
    "pr_abandon_rate": "25:ABANDON PR | 13:ABANDON SHARE | 35:ABANDON PR SHARE | 36:ABANDON PR COUNT",
    "revert_rate": "21:REVERT SHARE | 25:REVERT PR | 12:REVERT | 25:REVERT CHANGE | 36:REVERT PR SHARE | 24:MERGE REVERT | 36:COUNT MERGE REVERT | 45:PR MERGE REVERT SHARE",
    "early_rework_rate": "15:CHURN | 24:CHURN SHARE | 22:CODE REWORK",
    "review_load_gini": "26:REVIEWLOAD | 32:REVIEWLOAD REVIEW | 34:EVENLY REVIEW | 46:EVENLY REVIEW PR",
    "contributor_absence_factor": "18:BUSFACTOR",
    "ai_assisted_pr_share": "22:AI SHARE | 22:AI ADOPTION | 24:AI PR | 35:AI PR SHARE | 34:AI MERGE SHARE | 12:AI | 34:AI CHANGE SHARE",
    "off_hours_activity_share": "14:OFFHOURS | 24:OFFHOURS SHARE",
    "issue_cycle_time": "24:TICKET CYCLE | 21:BUG CYCLE -PR | 22:TICKET DURATION FINISH | 24:BUG DURATION FINISH | 20:BUG DURATION | 20:TICKET DURATION -LEADTIME -WIPAGE -SLE | 12.8:CYCLE",
    "issue_lead_time": "26:LEADTIME TICKET | 32:TICKET DURATION CREATED | 36:TICKET DURATION FINISH CREATED | 24:CREATED FINISH | 34:CREATED FINISH TICKET | 24:CUSTOMER WAIT | 34:CUSTOMER DURATION TICKET | 30:TICKET DURATION OPEN FINISH | 35:CUSTOMER WAIT TICKET",
    "throughput": "22:COUNT TICKET | 19:COUNT BUG | 32:COUNT BUG FINISH | 21:BUG FINISH | 33:COUNT TICKET FINISH | 13:THROUGHPUT | 24:THROUGHPUT TICKET | 21:TICKET FINISH | 22:COUNT FINISH | 30:TICKET FINISH MORE | 30:COUNT BUGWORK",
    "wip": "14:WIP | 24:COUNT WORKON | 25:WIP TICKET | 35:WIP TICKET COUNT",
    "work_item_age": "27:WIPAGE | 22:TICKET AGE | 30:WIP AGE | 35:WIP AGE TICKET",
    "flow_efficiency": "26:FLOWEFF | 36:FLOWEFF TICKET | 24:EFFICIENCY FLOW | 31:TICKET WAIT SHARE | 31:SHARE WAIT FLOW | 24:TICKET WAIT -CUSTOMER",
    "flow_distribution": "24:FLOWDIST | 24:FINISH WORKCLASS | 24:THROUGHPUT WORKCLASS | 38:FLOWDIST TICKET | 30:BUG SHARE FINISH | 36:BUG SHARE TICKET | 40:BUG SHARE FINISH TICKET",
    "reopen_rate": "13:REOPEN | 24:REOPEN TICKET | 36:REOPEN TICKET SHARE | 36:REOPEN TICKET COUNT | 34:COMEBACK TICKET | 45:COMEBACK TICKET SHARE | 45:COMEBACK TICKET COUNT | 46:COMEBACK TICKET FINISH | 58:COMEBACK TICKET FINISH SHARE | 58:COMEBACK TICKET FINISH COUNT | 34:COMEBACK BUG | 46:COMEBACK BUG FINISH",
    "net_flow": "15:NETFLOW | 22:BACKLOG GROW | 9:BACKLOG | 30:NETFLOW BACKLOG",
    "sle_attainment": "15:SLE | 28:SLE TICKET",
    "sprint_report": "26:SPRINTREPORT | 30:SPRINTREPORT SPRINT",
    "sprint_say_do": "16:SAYDO | 30:SAYDO SPRINT",
    "sprint_scope_change": "15:SCOPECHANGE | 28:SCOPECHANGE SPRINT | 28:ADDED SPRINT | 40:ADDED SPRINT OFTEN | 40:ADDED SPRINT TICKET | 40:ADDED SPRINT COUNT | 52:ADDED SPRINT TICKET COUNT",
    "sprint_spillover": "15:CARRY | 28:CARRY SPRINT | 38:CARRY TICKET SPRINT | 30:CARRY TICKET",
    "sprint_velocity": "14:VELOCITY | 26:VELOCITY SPRINT",
    "investment_allocation": "12:WORKON | 14:INVEST | 12:KTLO | 11:TECHDEBT | 10:FEATURE | 13:BUGWORK | 24:CAPACITY KTLO | 24:CAPACITY TECHDEBT | 24:CAPACITY FEATURE | 24:SHARE TECHDEBT | "
    "24:SHARE KTLO | 24:SHARE FEATURE | 26:INVEST WORKCLASS | 26:INVEST EPIC | 34:FEATURE KTLO | 34:INVEST CAPACITY KTLO | 12:CAPACITY | 24:CAPACITY WORKCLASS | 25:INVEST KTLO | 25:INVEST TECHDEBT | 25:INVEST FEATURE | 25:CAPACITY BUGWORK | 34:FEATURE TECHDEBT | 35:SHARE INVEST KTLO",
    "delivery_cost_allocation": "24:COST EPIC | 24:COST WORKCLASS | 24:COST FEATURE | 24:COST KTLO | 24:COST TECHDEBT | 9:COST -COSTOFDELAY -INVEST -CAPACITY",
    "unplanned_work_share": "15:UNPLANNED | 27:UNPLANNED SHARE | 26:UNPLANNED CAPACITY | 38:UNPLANNED CAPACITY SHARE | 27:UNPLANNED INVEST",
    "epic_progress": "24:EPIC PROGRESS | 12:PROGRESS | 8:EPIC | 26:EPIC SCOPECHANGE | 24:PROJECT PROGRESS | 26:EPIC FINISH PROGRESS | 15:EPIC FINISH",
    "milestone_on_time_rate": "26:MILESTONE ONTIME | 12:MILESTONE | 36:MILESTONE ONTIME SHARE | 38:MILESTONE ONTIME FINISH | 22:FINISH ONTIME -SPRINT -EPIC",
    "escaped_defect_ratio": "18:ESCAPED | 30:ESCAPED BUG | 36:COUNT BUG CUSTOMER | 26:BUG CUSTOMER | 40:ESCAPED BUG SHARE | 28:BUG PROD | 34:FLOWDIST ESCAPED",
    "cost_of_delay": "30:COSTOFDELAY | 34:COST LATE | 45:COST LATE EPIC | 45:COST LATE PROJECT | 45:COST LATE MILESTONE",
    "work_traceability": "24:TRACE | 40:TRACE PR | 60:SHARE TRACE PR MERGE TICKET | 50:TRACE PR SHARE | 55:TRACE PR MERGE SHARE",
    "kpi_scorecard": "12:SCORECARD",
}

DORA = ("deployment_frequency", "change_lead_time", "change_fail_rate", "failed_deployment_recovery_time")
DORA_FIVE = (*DORA, "deployment_rework_rate")
PHASES = ("pr_coding_time", "pr_pickup_time", "pr_review_time", "pr_deploy_time")

AI_CHANGES = ("ai_assisted_pr_share", "pr_cycle_time", "pr_size", "pr_review_rounds", "revert_rate")
"""What is told of work with AI beside the rest: its share first, then what may differ."""
NEXT_SPRINT = ("forecast_how_many", "sprint_velocity", "sprint_spillover", "wip")
"""What a plan for the next sprint leans on."""

METRIC_SETS: dict[str, tuple[str, ...]] = {
    "FASTER": ("change_lead_time", "deployment_frequency"),
    "QUALITY": ("change_fail_rate", "deployment_rework_rate", "escaped_defect_ratio", "revert_rate"),
    "BREAKS": ("failed_deployment_recovery_time", "time_to_restore", "incident_count"),
    "STABILITY": ("change_fail_rate", "failed_deployment_recovery_time", "incident_count"),
    "PREDICTABILITY": ("milestone_on_time_rate", "sprint_say_do", "sle_attainment"),
    "HEALTH": ("review_load_gini", "contributor_absence_factor", "off_hours_activity_share"),
    "EFFICIENCY": ("flow_efficiency", "unplanned_work_share", "early_rework_rate"),
    "SPEED": ("change_lead_time", "deployment_frequency"),
}
"""Broad words and the small sets of metrics that answer them; never folded into one grade."""

SNAPSHOTS = frozenset(metric.id for metric in CATALOGUE.values() if metric.snapshot)
SPRINT_METRICS = frozenset(metric.id for metric in CATALOGUE.values() if metric.family == "sprint")
MONTHLY = frozenset(metric.id for metric in CATALOGUE.values() if not {"day", "week"} & set(metric.grains))
"""Metrics that are given by month at the finest."""
DAILY = frozenset(metric.id for metric in CATALOGUE.values() if "day" in metric.grains)
CONTEXT_ONLY = frozenset(metric.id for metric in CATALOGUE.values() if metric.better == "context")
HIGHER_IS_BETTER = frozenset(metric.id for metric in CATALOGUE.values() if metric.higher_is_better)
SHARES_BY_CLASS = frozenset(metric.id for metric in CATALOGUE.values() if metric.usual_cut == "work_class")
OF_A_CLASS = (
    frozenset(metric.id for metric in CATALOGUE.values() if metric.family == "flow" and "work_class" in metric.dimensions) - SHARES_BY_CLASS
)
"""Metrics of issues that can be asked for of defects alone."""
