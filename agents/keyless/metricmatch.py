"""Which metrics a question names: rules over concepts that stand close together, best ones first, each word used once."""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product

from agents.keyless.rules import METRIC_RULES
from agents.keyless.text import Tag, fold, stem

MAX_GAP = 9
"""Content words that may stand between the concepts of one rule."""
SEPARATED = 6
"""A comma or "and" between two concepts counts as so many words."""
STRONG, WEAK = 12.0, 8.0
SEPARATORS = frozenset(
    [",", ";", ":", "&", "and", "or", "vs", "versus", "plus", "und", "oder", "sowie", "e", "y", "et", "ou", "o", "with", "mit", "和", "与"]
)
FILLER = frozenset(
    "the a an of for our in on at to is are was were do does did we us my your by it its from with between has have had be been any all that this per und der die das den dem des ein eine von im wir unser de la le les des du el los las o os as no na um uma dos das the there me please".split()
)


@dataclass(frozen=True)
class Rule:
    """Concepts that together mean a metric."""

    metric: str
    weight: float
    required: tuple[str, ...]
    forbidden: frozenset[str]

    @cached_property
    def asked(self) -> frozenset[str]:
        """The required concepts as a set."""
        return frozenset(self.required)


@dataclass(frozen=True)
class Match:
    """A metric found in the question, how surely, and on which tokens."""

    metric: str
    score: float
    positions: frozenset[int]

    @property
    def first(self) -> int:
        """Where it begins."""
        return min(self.positions)


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """All rules, read from their compact form."""
    return tuple(rule for metric, listed in METRIC_RULES.items() for rule in (parse_rule(metric, text) for text in listed.split("|")))


def parse_rule(metric: str, text: str) -> Rule:
    """`14:LEADTIME -TICKET` as a rule."""
    weight, _, words = text.strip().rpartition(":")
    concepts = words.split()
    required = tuple(c for c in concepts if not c.startswith("-"))
    return Rule(
        metric, float(weight) if weight else 10.0 * len(required), required, frozenset(c[1:] for c in concepts if c.startswith("-"))
    )


def candidates(tags: list[Tag], words: list[str], skipped: set[int]) -> list[Match]:
    """Every rule that the tags fulfil, each in its tightest reading."""
    by_concept: dict[str, list[Tag]] = {}
    for tag in tags:
        for concept in tag.concepts:
            by_concept.setdefault(concept, []).append(tag)
    found = [tightest(rule, by_concept, words, skipped) for rule in rules() if by_concept.keys() >= rule.asked]
    return [match for match in found if match]


def tightest(rule: Rule, by_concept: dict[str, list[Tag]], words: list[str], skipped: set[int]) -> Match | None:
    """The reading of a rule with the fewest words between its concepts."""
    best: Match | None = None
    for chosen in product(*(by_concept[c][:5] for c in rule.required)):
        if len({(t.first, t.last) for t in chosen}) < len(chosen):
            continue
        positions = frozenset(p for t in chosen for p in range(t.first, t.last + 1))
        span = range(min(positions), max(positions) + 1)
        inside = [words[p] for p in span if p not in positions and p not in skipped and words[p] not in FILLER]
        gap = len(inside) + SEPARATED * sum(w in SEPARATORS for w in inside)
        near = range(span.start - 4, span.stop + 4)
        blocked = any(
            t.first in near and not set(range(t.first, t.last + 1)) & positions for c in rule.forbidden for t in by_concept.get(c, [])
        )
        if gap <= MAX_GAP and not blocked and (best is None or rule.weight - 0.4 * gap > best.score):
            best = Match(rule.metric, rule.weight - 0.4 * gap, positions)
    return best


@lru_cache(maxsize=64)
def spoken_names(listed: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The catalogue's own titles, synonyms and ids as stems."""
    spoken: dict[tuple[str, ...], str] = {}
    for metric, synonyms in listed:
        for name in (metric.replace("_", " "), *synonyms):
            stems = tuple(stem(w) for w in re.findall(r"[^\W_]+", fold(name).casefold()))
            if len(stems) > 1 or len(name) > 3:
                spoken.setdefault(stems, metric)
    return tuple(spoken.items())


def named(stems: list[str], listed: tuple[tuple[str, tuple[str, ...]], ...], taken: set[int]) -> list[Match]:
    """Metrics called by a name of the catalogue."""
    found = []
    for name, metric in spoken_names(listed):
        for at in range(len(stems) - len(name) + 1):
            positions = frozenset(range(at, at + len(name)))
            if tuple(stems[at : at + len(name)]) == name and not positions & taken:
                found.append(Match(metric, 9.0 + 4.5 * len(name), positions))
    return found


def choose(matches: list[Match], words: list[str]) -> list[Match]:
    """The best matches that do not share a word; a weak one only when nothing else was said."""
    chosen: list[Match] = []
    used: set[int] = set()
    for match in sorted(matches, key=lambda m: (-m.score, -len(m.positions), m.first)):
        if match.positions & used or any(m.metric == match.metric for m in chosen):
            continue
        if not chosen or acceptable(match, chosen, words):
            chosen.append(match)
            used |= match.positions
    return sorted(chosen, key=lambda m: m.first)


def acceptable(match: Match, chosen: list[Match], words: list[str]) -> bool:
    """Whether a further metric was really asked for: said clearly, and set apart from the others by a comma or "and"."""
    if match.score < WEAK or (match.score < STRONG and max(m.score for m in chosen) >= STRONG + 6):
        return False
    return all(apart(match, other, words) for other in chosen)


def apart(one: Match, other: Match, words: list[str]) -> bool:
    """Whether a separator stands between the two."""
    left, right = sorted((one, other), key=lambda m: m.first)
    between = words[min(max(left.positions) + 1, right.first) : right.first]
    return bool(SEPARATORS & set(between)) or left.first > max(right.positions) or len(between) > 2
