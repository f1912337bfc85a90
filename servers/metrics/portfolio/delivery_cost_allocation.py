"""What does it cost us?"""

from servers.metrics import facts
from servers.metrics.metric import MONTH_UP, Metric, Total
from servers.metrics.plan import Plan
from servers.metrics.result import Result
from servers.metrics.review.work_traceability import TRACEABLE


def _currency(_plan: Plan, result: Result) -> None:
    """Amounts carry their currency; of several ones there is no sum."""
    extra = result.__pydantic_extra__ or {}
    currencies = extra.pop("currencies", None) or []
    if len(currencies) == 1:
        result.unit = currencies[0]
    elif currencies:
        result.status, result.value, result.series, result.groups, result.compare = "not_configured", None, None, None, None
        result.message = f"Costs are in {' and '.join(currencies)}, which are never converted; ask for teams of one currency."


delivery_cost_allocation = Metric(
    id="delivery_cost_allocation",
    title="Cost by investment",
    question="What does the work cost us?",
    doc="The cost of each team and month, divided by where the working days of its people went; days without anything in progress stay on a line of their own.",
    family="portfolio",
    fact=facts.effort_cost,
    at="f.at",
    where="f.cost is not null",
    measure=Total("f.cost"),
    unit="currency",
    better="context",
    dimensions=facts.DP,
    grains=MONTH_UP,
    needs=("issues",),
    extras={"untracked_cost": "coalesce(sum(f.cost) filter (where not f.tracked), 0)::float8"},
    asides={"currencies": "select coalesce(jsonb_agg(distinct f.currency), '[]') from {window} f"},
    trust=(TRACEABLE,),
    configured=(
        "select exists (select 1 from team_cost)",
        "No cost of a team is known; import a file with the columns team, month, amount and currency by `pulse costs import FILE`.",
    ),
    warns={
        "cost_missing": (
            "select exists (select 1 from team_cost) and exists (select 1 from {rows} f where f.cost is null and f.at >= :w_from and f.at < :w_to)",
            "for some teams and months of the window no cost was imported.",
        )
    },
    chart="cuts",
    drawn_by="work_class",
    charts=("treemap",),
    usual_cut="work_class",
    edges="The team of the person pays, whatever the work was for; a month that still runs is paid as far as its working days are over.",
    beware="Accounting has its own rules.",
    synonyms=(
        "cost by investment",
        "delivery cost",
        "cost allocation",
        "cost per epic",
        "what does it cost",
        "Kosten der Entwicklung",
        "coût de livraison",
        "coste de entrega",
        "開発コスト",
        "交付成本",
    ),
    after=_currency,
)
