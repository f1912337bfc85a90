"""Is the pace sustainable?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, People, Ratio

off_hours_activity_share = Metric(
    id="off_hours_activity_share",
    title="Off-hours work",
    question="Is the pace sustainable?",
    doc="Pushes and reviews outside the working calendar of whoever made them, divided by all pushes and reviews of a team of five or more.",
    family="review",
    fact=facts.code_activity,
    at="f.at",
    measure=Ratio("f.off_hours", "f.off_hours is not null"),
    unit="ratio",
    better="lower",
    dimensions=("team",),
    grains=MONTH_UP,
    needs=("pull_requests",),
    people=People("f.person_id", 5),
    configured=(
        "select exists (select 1 from fact_activity where off_hours is not null)",
        "No time zone of a person is known: Jira gives that of its users; else set teams[].timezone in pulse.yaml.",
    ),
    warns={
        "zones_unknown": (
            "select count(*) filter (where f.off_hours is null) > 0.2 * count(*) from {window} f",
            "the time zone of more than 20 % of the activity is unknown and left out.",
        )
    },
    chart="ratio",
    edges="Hours are teams[].working_hours, else org.working_hours, in the person's own time zone; holidays are off. Commits of one minute are one push; "
    "commits without a pull request are not seen.",
    beware="Flexible hours; never per person.",
    synonyms=(
        "off-hours work",
        "off-hours activity",
        "after-hours work",
        "weekend work",
        "night work",
        "overtime",
        "Arbeit außerhalb der Arbeitszeit",
        "travail hors horaires",
        "trabajo fuera de horario",
        "時間外作業",
        "加班",
    ),
)
