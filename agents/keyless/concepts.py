"""From tokens to concepts: phrases of all languages, longest first; typos repaired against the known words."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from agents.keyless import shape
from agents.keyless.guards import GUARDS
from agents.keyless.lexicon import de, en, es, fr, pt, zh
from agents.keyless.lexicon.common import COMMON, PERIOD_WORDS
from agents.keyless.lexicon.ordinary import ORDINARY
from agents.keyless.text import CJK, Tag, Token, fold, stem, tokenize

SPANS = frozenset({"day", "days", "week", "weeks", "month", "months", "quarter", "quarters", "year", "years"})
"""After "last" a word one letter away from these is meant to be one, even where it is a word of its own (moth, weak)."""
LANGUAGES = {"en": en.WORDS, "de": de.WORDS, "pt": pt.WORDS, "es": es.WORDS, "fr": fr.WORDS, "zh": zh.WORDS}


@dataclass(frozen=True)
class Lexicon:
    """Every phrase by its stems, and every word that is spelt right."""

    phrases: dict[tuple[str, ...], frozenset[str]]
    longest: int
    words: frozenset[str]
    chinese: tuple[str, ...]


def phrases_of(listed: str) -> list[str]:
    """The phrases of a lexicon entry."""
    return [phrase.strip() for phrase in listed.split(",") if phrase.strip()]


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """All languages together; built once."""
    phrases: dict[tuple[str, ...], set[str]] = {}
    words: set[str] = set()
    chinese: set[str] = set()
    for language, table in LANGUAGES.items():
        for concept, listed in table.items():
            for phrase in phrases_of(listed):
                tokens = [phrase] if language == "zh" else [t.text for t in tokenize(fold(phrase))]
                phrases.setdefault(tuple(stem(t) for t in tokens), set()).add(concept)
                (chinese if language == "zh" else words).update(tokens)
    longest = max(len(key) for key in phrases)
    return Lexicon({k: frozenset(v) for k, v in phrases.items()}, longest, frozenset(words), tuple(sorted(chinese, key=len, reverse=True)))


@lru_cache(maxsize=1)
def cue_words() -> frozenset[str]:
    """Words that the cues and guards listen for: they are spelt right too."""
    patterns = [value.pattern for value in vars(shape).values() if isinstance(value, re.Pattern)] + [g.pattern.pattern for g in GUARDS]
    patterns += [pattern.pattern for _, pattern in (*shape.STATS, *shape.GRAINS)]
    return frozenset(word for pattern in patterns for word in re.findall(r"[a-z]{4,}", pattern))


@lru_cache(maxsize=1)
def by_first_letter() -> dict[str, tuple[str, ...]]:
    """The words that a misspelt one may be meant for, by the letter they begin with."""
    found: dict[str, list[str]] = {}
    for word in sorted(lexicon().words | PERIOD_WORDS):
        found.setdefault(word[0], []).append(word)
    return {letter: tuple(words) for letter, words in found.items()}


@lru_cache(maxsize=1)
def spelt_right() -> frozenset[str]:
    """Every word that is no typo."""
    return lexicon().words | COMMON | ORDINARY | PERIOD_WORDS | cue_words()


def cut_chinese(tokens: list[Token]) -> list[Token]:
    """CJK runs cut into known words, the rest into single characters."""
    cut: list[Token] = []
    for token in tokens:
        cut += chinese_words(token) if CJK.search(token.text) else [token]
    return cut


def chinese_words(token: Token) -> list[Token]:
    """Forward maximum matching over the known Chinese words."""
    found: list[Token] = []
    at = 0
    while at < len(token.text):
        word = next((w for w in lexicon().chinese if token.text.startswith(w, at)), token.text[at])
        found.append(Token(word, word, token.start + at, token.start + at + len(word)))
        at += len(word)
    return found


def repair(tokens: list[Token], names: Iterable[str] = ()) -> list[Token]:
    """`tokens` with misspelt words replaced by the nearest known one; right words and names stay."""
    known = spelt_right()
    also = {part for name in names for part in re.split(r"[\s_\-/.]+", fold(name).casefold()) if len(part) > 3}
    repaired = []
    for i, token in enumerate(tokens):
        following = tokens[i + 1].text if i + 1 < len(tokens) else ""
        before = tokens[i - 1].text if i else ""
        unit = nearest(token.text, SPANS, 1) if before in ("last", "past", "previous") and token.text not in PERIOD_WORDS else None
        repaired.append(Token(unit, token.raw, token.start, token.end) if unit else respelt(token, known, also, following))
    return repaired


def respelt(token: Token, known: frozenset[str], names: set[str], following: str) -> Token:
    """The token itself when it is known, else the nearest known word within its length's tolerance."""
    word = token.text
    if word in known or word in names or stem(word) in known or not word.isalpha() or CJK.search(word) or len(word) < 3:
        return token
    better = nearest(word, {"last", "past", "this"}, 1) if following in PERIOD_WORDS else None
    if better is None and len(word) >= 4 and token.raw[:1].islower() | (token.start == 0):
        better = nearest(word, names, 2 if len(word) > 6 else 1) or nearest(word, by_first_letter().get(word[0], ()), tolerance(word))
    return Token(better, token.raw, token.start, token.end) if better else token


def tolerance(word: str) -> int:
    """How many letters may be wrong: one, from nine letters on two."""
    return 2 if len(word) > 8 else 1


def nearest(word: str, choices: Iterable[str], most: int) -> str | None:
    """The closest choice with the same first letter within `most` edits, transpositions counting one."""
    scored = [
        (OSA.distance(word, choice, score_cutoff=most), choice)
        for choice in choices
        if choice[:1] == word[:1] and abs(len(choice) - len(word)) <= most
    ]
    near = sorted((distance, -len(choice), choice) for distance, choice in scored if distance <= most)
    return near[0][2] if near else None


def tag(tokens: list[Token], taken: set[int]) -> list[Tag]:
    """The concepts of the tokens that are not taken by names or periods; longest phrase first, left to right."""
    stems = [stem(token.text) for token in tokens]
    tags: list[Tag] = []
    at = 0
    while at < len(tokens):
        length = phrase_length(stems, at, taken)
        if length:
            tags.append(Tag(lexicon().phrases[tuple(stems[at : at + length])], at, at + length - 1))
        at += max(length, 1)
    return tags


def phrase_length(stems: list[str], at: int, taken: set[int]) -> int:
    """Tokens in the longest known phrase that starts at `at`; 0 when there is none."""
    for length in range(min(lexicon().longest, len(stems) - at), 0, -1):
        if not taken & set(range(at, at + length)) and tuple(stems[at : at + length]) in lexicon().phrases:
            return length
    return 0
