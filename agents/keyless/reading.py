"""A question taken apart: names, periods, concepts, metrics. Nothing is decided here."""

import re
from dataclasses import dataclass, field
from datetime import date

from agents.keyless.concepts import cut_chinese, repair, tag
from agents.keyless.entities import Entities, find_entities
from agents.keyless.grammar import grammatical
from agents.keyless.metricmatch import Match, candidates, choose, named
from agents.keyless.periods import Found, find_periods
from agents.keyless.shape import AI_SPLIT, GRAINS
from agents.keyless.text import Tag, Token, fold, stem, tokenize
from agents.names import Names

SPRINT_AGO = re.compile(
    r"(?<!\w)(?:the sprint before last|sprint before the last|(?P<n>two|three|four|2|3|4|zwei|drei|dois|dos|deux) sprints? (?:ago|back|before)|vor (?P<m>zwei|drei) sprints|vorletzten? sprint)"
)
SPRINT_LAST = re.compile(
    r"(?<!\w)(?:last|previous|past|latest|most recent|prior|closed|letzte[nrsm]?|vergangene[nrsm]?|ultim[oa]|passad[oa]|dernier|上个|上一个) (?:complete[d]? |closed |finished )?(?:sprint|iteration)(?!s)|sprint (?:passado|pasado|anterior|dernier)|上(?:个|一个)(?:冲刺|迭代)"
)
SPRINT_NOW = re.compile(
    r"(?<!\w)(?:current|running|active|ongoing|this|the|aktuelle[nrsm]?|laufende[nrsm]?|diese[nrsm]?|atual|este|actual|ce|cette) (?:active |current |running )?(?:sprint|iteration)(?!s)(?! (?:report|review))|sprint (?:atual|actual|en cours)|当前(?:冲刺|迭代)"
)
SPRINT_MANY = re.compile(
    r"(?<!\w)(?:last|past|previous|recent|letzten|ultimos|derniers|最近) (?P<n>\d{1,2}|two|three|four|five|six|eight|ten|twelve) (?:closed )?(?:sprints|iterations|冲刺)"
)
WORD_NUMBERS = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "eight": 8,
    "ten": 10,
    "twelve": 12,
    "zwei": 2,
    "drei": 3,
    "dois": 2,
    "dos": 2,
    "deux": 2,
}


KNOWN_ON = re.compile(
    r"(?<!\w)(?:(?:as )?(?:it |they |that |this )?(?:was |were |had been )?(?:known|reported|seen)|as (?:we|you|i|they) (?:kn[eo]w|saw|reported|had)(?: it| them)?|knew(?: it)?)"
    r" (?:back )?(?:then )?(?:on|at|as of|by|in|(?:at |by )?(?:the )?end(?: of)?)? ?(?:the )?$"
)
"""Right before a date: the day whose knowledge is asked for, not a window."""


@dataclass
class Reading:
    """What was found in one question."""

    raw: str
    text: str
    """Folded, case-folded and repaired."""
    tokens: list[Token]
    entities: Entities
    periods: list[Found]
    tags: list[Tag]
    matches: list[Match]
    sprint: str | None = None
    """`last`, `current`, `-2`, or `n:6` for the last six."""
    concepts: set[str] = field(default_factory=set)
    ai_split: bool = False
    known_on: Found | None = None
    """The day as of which the figure is wanted."""

    @property
    def words(self) -> list[str]:
        """The tokens as compared."""
        return [t.text for t in self.tokens]

    @property
    def metrics(self) -> list[str]:
        """The metrics that were named, in order."""
        return [m.metric for m in self.matches]

    def has(self, *concepts: str) -> bool:
        """Whether every one of the concepts occurs."""
        return set(concepts) <= self.concepts


def read(question: str, names: Names, today: date) -> Reading:
    """Take a question apart."""
    folded = fold(question)
    tokens = cut_chinese(tokenize(folded))
    entities = find_entities(tokens, folded, names)
    text, tokens = respell(folded, tokens, entities)
    sprint = sprint_of(text)
    hidden = hide_names(text, tokens, entities)
    periods = [p for p in find_periods(hidden, today) if not (sprint and "sprint" in text[p.start : p.end])]
    known_on = next((p for p in periods if KNOWN_ON.search(text[: p.start])), None)
    skipped = entities.taken | {i for i, t in enumerate(tokens) if any(p.start <= t.start < p.end for p in periods)}
    ai_split = bool(AI_SPLIT.search(text))
    tags = [t for t in tag(tokens, skipped) if not (ai_split and t.concepts & {"AI", "ADOPTION"}) and not per_unit(t, text, tokens)]
    if sprint:  # the last iteration is a sprint, no round of review
        tags = [Tag(frozenset({"SPRINT"}), t.first, t.last) if "SPRINT" in t.concepts else t for t in tags]
    words = [t.text for t in tokens]
    listed = tuple((metric, tuple(synonyms)) for metric, synonyms in names.metrics.items())
    found = grammatical(text, tokens) + candidates(tags, words, skipped) + named([stem(w) for w in words], listed, skipped)
    return Reading(
        question,
        text,
        tokens,
        entities,
        [p for p in periods if p is not known_on],
        tags,
        choose(found, words),
        sprint,
        {c for t in tags for c in t.concepts},
        ai_split,
        known_on,
    )


TIMES_A = re.compile(r"(?<!\w)times (?:a|an|per|each|every) (?:hour|day|week|month|quarter|sprint|year)(?!\w)")
"""A rate: "ten times a week" is neither a time nor, as in Portuguese, a team."""


def per_unit(found: Tag, text: str, tokens: list[Token]) -> bool:
    """Whether a word of duration belongs to a rate or a grain: "deploys per day" asks for no time."""
    at = tokens[found.first].start
    if found.concepts & {"DURATION", "TIME", "TEAM"} and any(hit.start() <= at < hit.end() for hit in TIMES_A.finditer(text)):
        return True
    return "DURATION" in found.concepts and any(hit.start() <= at < hit.end() for _, pattern in GRAINS for hit in pattern.finditer(text))


def respell(folded: str, tokens: list[Token], entities: Entities) -> tuple[str, list[Token]]:
    """The text with typos mended, and its tokens at their new places."""
    mended = repair(tokens)
    pieces, at, moved = [], 0, []
    for i, (old, new) in enumerate(zip(tokens, mended, strict=True)):
        word = old.text if i in entities.taken else new.text
        pieces.append(folded[at : old.start].casefold())
        start = sum(len(p) for p in pieces)
        pieces.append(word)
        moved.append(Token(word, old.raw, start, start + len(word)))
        at = old.end
    return "".join([*pieces, folded[at:].casefold()]), moved


def hide_names(text: str, tokens: list[Token], entities: Entities) -> str:
    """The text without names, so that no period is read inside one."""
    for i in entities.taken:
        text = text[: tokens[i].start] + "|" * (tokens[i].end - tokens[i].start) + text[tokens[i].end :]
    return text


def sprint_of(text: str) -> str | None:
    """Which sprint is meant, as `sprint_report` takes it, or `n:6` for several."""
    if many := SPRINT_MANY.search(text):
        return f"n:{int(many['n']) if many['n'].isdigit() else WORD_NUMBERS[many['n']]}"
    if ago := SPRINT_AGO.search(text):
        named_count = ago["n"] or ago["m"] or "2"
        return f"-{int(named_count) if named_count.isdigit() else WORD_NUMBERS[named_count]}"
    if SPRINT_LAST.search(text):
        return "last"
    return "current" if SPRINT_NOW.search(text) else None
