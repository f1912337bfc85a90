"""What lies in the grammar of a question and not in one word: from one event to the next, more of this than of that, a pronoun for the thing before."""

import re
from dataclasses import dataclass
from itertools import pairwise

from agents.keyless.metricmatch import SEPARATORS, Match
from agents.keyless.text import Token

SURE = 48.0
"""Stronger than words that only stand close together."""
NAMED_SPANS = 60
"""Letters that may stand between two events of one span."""

DURATION = re.compile(
    r"(?<![a-z])(?:how (?:long|soon|quickly|quick|fast|slow|much time|many (?:\w+ )?(?:hours|days|minutes|weeks))|time|times|duration|durations|hours|days|minutes|weeks|delay|delays|delayed|wait|waits|waiting|sit|sits|lag|gap|interval|elapse[sd]?|pass|passes|takes?|took|need|needs|spends?|spent|speed)(?![a-z])"
)
LINK = re.compile(
    r"(?<![a-z])(?:to|until|till|til|before|and|then|reach(?:es|ing)?|does|do|did|is|are|gets?|can|has|have|was|were)(?![a-z])|->|→"
)
CLOSE = re.compile(r"^ ?(?:to|until|till|->|→|-) ?(?:the |a |an |first |our )*$")
LEAD = re.compile(r"(?<![a-z])(?:from|between|after|once|since|when) (?:\w+ ){0,4}$")
TICKET_WORD = re.compile(
    r"(?<![a-z])(?:tickets?|issues?|stor(?:y|ies)|bugs?|defects?|requests?(?! review)|items?|tasks?|cards?|features?)(?![a-z])"
)
CODE_WORD = re.compile(r"(?<![a-z])(?:prs?|pull requests?|merge requests?|code|branch(?:es)?|commits?|reviews?|reviewers?|diffs?)(?![a-z])")
WHO = r"(?:somebody|someone|anybody|anyone|a human|a person|a colleague|a teammate|a reviewer|the reviewers?|reviewers?|another (?:person|developer|engineer)|people)"
DEPLOYED = r"(?:deployments?|deploys?|releases?|rollouts?|roll-outs?|go-lives?|launch(?:es)?|push(?:es)? to prod(?:uction)?)"
WRONG = r"(?:bad|failed|failing|broken|faulty|botched|buggy|unsuccessful)"


@dataclass(frozen=True)
class Event:
    """Something that happens to work, where in the text it is told."""

    name: str
    start: int
    end: int


def events(listed: dict[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Patterns of events with borders of words."""
    return tuple((name, re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")) for name, pattern in listed.items())


CODE_EVENTS = events(
    {
        "failure": rf"{WRONG} {DEPLOYED}|{DEPLOYED} (?:\w+ ){{0,2}}(?:goes wrong|went wrong|go wrong|goes bad|fails?|failed|breaks?|broke|blows? up|goes south)|(?:breaking|broke|broken|break) (?:prod|production)",
        "recovered": r"recover(?:y|ed|s|ing)?|restor\w+|back (?:to normal|up|online|on track|in business)|healthy(?: again)?|fixed|repaired|mended|stable again|working again|all clear|(?:well|fine|okay|ok|good|green) again",
        "open": r"(?:open|offer|submit|put|hand|rais|creat|send)(?:s|ed|ted|ing|ting|e|es|t)? (?:\w+ ){0,3}?(?:(?:up |out |over |in )?(?:for|to|into) (?:code )?review|(?:a |the |its |their )?(?:pr|pull request|merge request))|(?:pr|pull request|merge request)s? (?:\w+ )?(?:opened|opening|creation|created|raised)|opening (?:of )?(?:a |the )?(?:pr|pull request|merge request)|ready(?: for review)?|review(?:s)? (?:is |are |was |were )?requested|review request",
        "review": rf"(?:first|initial) (?:\w+ )?(?:review|look|comment|feedback|response|reaction|glance|reply)|{WHO} (?:\w+ )?(?:look|review|comment|respond|react|pick|read|check|notic)\w*|(?:start|beginning) of (?:the )?review|review (?:starts|started|begins|start)|reviewed|review",
        "approve": r"approval|approved?|approves|sign(?:ed)?[- ]?off|green light|lgtm|thumbs[- ]up",
        "merge": r"merg(?:e|ed|es|ing)(?! requests?)|landing|lands?(?! in prod)|landed|in (?:main|master|trunk)",
        "live": r"(?:in |into |to |on |reach(?:es|ing)? |hits? )?(?:the )?(?:production|prod|live)|(?:reach(?:es|ing)?|to|with|at|for|by|in front of|in the hands of) (?:our |the )?(?:users?|customers?|clients?)|(?:our |the )?(?:users?|customers?|clients?) (?:can )?(?:have|get|see|use|receive)(?: it)?|deploy(?:ed|ment|ing|s)?|releas(?:e|ed|es|ing)|ship(?:s|ped|ping|ment)?|goes out|go(?:es|ing)? live|rolled out|rollout",
        "commit": r"(?:the )?(?:first |initial )?commit(?:s|ted|ting)?|first line of code|code (?:is |was |being )?written|writ(?:e|ing) (?:a |the |some )?(?:piece of |line of |new )?code|cod(?:ing|ed)|(?:work on|create|created|creating|start of|cut) (?:a |the |their )?branch|branch (?:creation|created|is created)|first push",
    }
)
CODE_ORDER = ("commit", "open", "review", "approve", "merge", "live", "failure", "recovered")
CODE_SPANS = {
    ("commit", "live"): "change_lead_time",
    ("commit", "merge"): "pr_cycle_time",
    ("commit", "open"): "pr_coding_time",
    ("open", "review"): "pr_pickup_time",
    ("open", "merge"): "pr_cycle_time",
    ("review", "merge"): "pr_review_time",
    ("approve", "merge"): "pr_approval_to_merge_time",
    ("merge", "live"): "pr_deploy_time",
    ("failure", "recovered"): "failed_deployment_recovery_time",
}
TICKET_EVENTS = events(
    {
        "created": r"(?:creat|open|fil|rais|report|request|logg|submitt)(?:ed|ing)|creation|request is made|asks? for it|asked for",
        "started": r"start(?:s|ed|ing)?|begin(?:s|ning)?|in progress|picked up|work (?:starts|begins)",
        "done": r"done|finish(?:ed|es|ing)?|clos(?:e|ed|ing)|resol(?:ve|ved|ution|ving)|complet(?:e|ed|ion|ing)|deliver(?:ed|y|ing)?|solv(?:e|ed)",
    }
)
TICKET_SPANS = {("created", "done"): "issue_lead_time", ("started", "done"): "issue_cycle_time"}

SENTENCES: tuple[tuple[str, str], ...] = (
    (
        "net_flow",
        r"more (?:\w+ ){0,4}?(?:open(?:ed|ing)?|creat\w+|new|incoming|coming in|come in|arriv\w+|reported|fil(?:ed|ing)|rais(?:ed|ing)|added|in) (?:\w+ ){0,4}?than (?:\w+ ){0,4}?(?:clos\w+|finish\w*|resolv\w+|done|complet\w+|deliver\w*|fix\w*|solv\w+|out)|(?:open|creat|tak|receiv|gett|add)(?:ing|e|s|et)? (?:in )?(?:more|faster) (?:\w+ ){0,3}?than (?:\w+ ){0,4}?(?:clos\w+|finish\w*|resolv\w+|complet\w+|deliver\w*|fix\w*|solv\w+)|(?:clos|finish|resolv|complet|deliver)(?:ing|e|es|ed)? (?:more|less|fewer|faster) (?:\w+ ){0,3}?than (?:\w+ ){0,4}?(?:open\w*|creat\w+|com(?:e|es|ing) in|arriv\w+|get\w*|add\w*)",
    ),
    (
        "change_fail_rate",
        rf"(?:how often|what share|how many of them|how frequently) (?:\w+ ){{0,2}}?(?:it|they|that|this|one|those|these) (?:then )?(?:break|fail|go wrong|goes wrong|blow up)\w*|(?:fail|break|broke|go wrong|crash)\w* (?:\w+ ){{0,3}}?(?:after|following|because of|due to|upon|by) (?:\w+ ){{0,2}}?{DEPLOYED}",
    ),
    (
        "changes_per_deployment",
        rf"how (?:big|large|small) (?:is|are|was|were) (?:\w+ ){{0,4}}?{DEPLOYED}|(?:prs?|pull requests?|changes|merges|merge requests) (?:\w+ ){{0,5}}?(?:in|into|per|inside|with|within) (?:\w+ )?(?:one|a|an|each|every|single|average|typical) (?:\w+ )?{DEPLOYED}|(?:bundle|bundled|bundling|lump|lumped|batch|batched) (?:\w+ ){{0,4}}?{DEPLOYED}",
    ),
    (
        "incident_count",
        r"(?:systems?|services?|sites?|apps?|websites?|product|production|platform) (?:\w+ )?(?:go|goes|went|gone|fall|fell|was|were|been) (?:down|offline|dark)",
    ),
    (
        "review_load_gini",
        r"(?:few|handful|same|couple|small group|two or three) (?:of )?(?:\w+ ){0,3}?(?:people|persons|engineers|developers|reviewers|colleagues|team members) (?:\w+ ){0,4}?review\w*",
    ),
    (
        "contributor_absence_factor",
        r"(?:how many|number of|which|what if|if) (?:\w+ ){0,3}?(?:people|engineers?|developers?|persons?|colleagues?|contributors?|somebody|someone|one of us) (?:\w+ ){0,4}?(?:leaves?|leaving|left|quits?|los[et]|gone|missing|disappears?|resigns?|walks? (?:out|away)|hit by a bus|away)|(?:survive|cope with) (?:the loss|losing|a departure)",
    ),
    (
        "flow_efficiency",
        r"where (?:does|do|is|are) (?:\w+ ){0,2}?(?:work|tickets?|issues?|items?|stories|tasks) (?:\w+ )?(?:wait|sit|queue|idle|stuck|pile)\w*",
    ),
    (
        "pr_cycle_time",
        r"(?:prs?|pull requests?|merge requests?|changes) (?:get |are |being )?(?:merged?|land\w*) (?:any )?(?:faster|slower|quicker|sooner|later|more (?:quickly|slowly))",
    ),
    ("work_item_age", r"how (?:old|long in progress|aged) (?:is|are) (?:it|they|those|these|that|them)(?: now)?"),
)
PATTERNS = tuple((metric, re.compile(rf"(?<![a-z0-9])(?:{pattern})(?![a-z0-9])")) for metric, pattern in SENTENCES)
REFERS = {
    "change_fail_rate": re.compile(r"deploy|releas|ship|rollout|go-live"),
    "work_item_age": re.compile(r"wip|progress|ticket|item|work"),
}
"""What a pronoun must stand for: named before it in the question."""


def grammatical(text: str, tokens: list[Token]) -> list[Match]:
    """The metrics that sentences of known grammar ask for."""
    found = [span_match(text, tokens)]
    for metric, pattern in PATTERNS:
        hit = pattern.search(text)
        if hit and (metric not in REFERS or REFERS[metric].search(text)):
            found.append(Match(metric, SURE, covered(tokens, hit.start(), hit.end())))
    return [match for match in found if match and match.positions]


def covered(tokens: list[Token], start: int, end: int) -> frozenset[int]:
    """The tokens between two places of the text."""
    return frozenset(i for i, token in enumerate(tokens) if token.start >= start and token.end <= end)


def span_match(text: str, tokens: list[Token]) -> Match | None:
    """The metric of the time from one event to a later one, when both are told and joined."""
    of_tickets = bool(TICKET_WORD.search(text)) and not CODE_WORD.search(text)
    listed, spans = (TICKET_EVENTS, TICKET_SPANS) if of_tickets else (CODE_EVENTS, CODE_SPANS)
    told = events_in(text, listed)
    for one, other in pairwise(told):
        metric = spans.get((one.name, other.name))
        if metric and joined(text, one, other):
            return Match(metric, SURE, clause(tokens, covered(tokens, one.start, other.end)))
    return None


def clause(tokens: list[Token], told: frozenset[int]) -> frozenset[int]:
    """The tokens with their neighbours up to the next comma, "and" or "or": whose span it is, and that it is one of time."""
    first, last = min(told), max(told)
    while first and tokens[first - 1].text not in SEPARATORS:
        first -= 1
    while last + 1 < len(tokens) and tokens[last + 1].text not in SEPARATORS:
        last += 1
    return frozenset(range(first, last + 1))


def events_in(text: str, listed: tuple[tuple[str, re.Pattern[str]], ...]) -> list[Event]:
    """The events in the order of the text; of two that overlap the longer, and of neighbours of one kind the first."""
    every = [Event(name, hit.start(), hit.end()) for name, pattern in listed for hit in pattern.finditer(text)]
    kept: list[Event] = []
    for event in sorted(every, key=lambda e: (e.start - e.end, e.start)):
        if all(event.end <= other.start or event.start >= other.end for other in kept):
            kept.append(event)
    return sorted(kept, key=lambda e: e.start)


def joined(text: str, one: Event, other: Event) -> bool:
    """Whether the words make one span of two events: "from … to …", or a duration with "until" between."""
    between = text[one.end : other.start]
    if len(between) > NAMED_SPANS or re.search(r"[;.?!]", between):
        return False
    if CLOSE.match(between):
        return True
    led = bool(LEAD.search(text[: one.start]))
    return (
        bool(LINK.search(between))
        and (led or bool(re.search(r"(?<![a-z])(?:to|until|till|til|before)(?![a-z])|→|->", between)))
        and bool(DURATION.search(text))
    )
