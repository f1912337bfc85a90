"""A question as comparable tokens: no case, no accents, CJK kept."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

WORD = re.compile(r"[^\W_]+%?|[,;:?!()&]")
CJK = re.compile(r"[一-鿿]")


@dataclass(frozen=True)
class Token:
    """One word: as compared, as typed, and where it stands in the folded text."""

    text: str
    raw: str
    start: int
    end: int


@dataclass(frozen=True)
class Tag:
    """A phrase of the question that stands for concepts; `first` to `last` are token positions, both included."""

    concepts: frozenset[str]
    first: int
    last: int


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` without case, accents and invisible characters."""
    visible = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) not in ("Cf", "Co", "Cn"))
    plain = unicodedata.normalize("NFD", visible.replace("ß", "ss").replace("’", "'"))
    stripped = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", stripped)).strip()


@lru_cache(maxsize=8192)
def squeeze(name: str) -> str:
    """`name` as names are compared: without case, blanks, hyphens, underscores and accents."""
    return re.sub(r"[\s_\-/.]+", "", fold(name).casefold())


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A light stem that makes plural, -ing and -ed forms meet; only compared with other stems."""
    if CJK.search(word) or len(word) < 4:
        return word
    for endings in (
        (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")),
        (("ing", ""), ("ed", "")),
        (("e", ""),),
    ):
        word = strip_one(word, endings)
    return undouble(word)


def strip_one(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    """The word without the first of the endings that it has, as long as enough of it is left."""
    for ending, instead in endings:
        left = len(word) - len(ending) + len(instead)
        if word.endswith(ending) and not (ending == "s" and word.endswith(("ss", "us", "is"))) and left >= (4 if ending == "e" else 3):
            return word[: len(word) - len(ending)] + instead
    return word


def undouble(word: str) -> str:
    """`shipp` as `ship`."""
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "lse" else word


def tokenize(text: str) -> list[Token]:
    """The words of a folded text in order; CJK runs are cut apart from Latin words."""
    tokens: list[Token] = []
    for found in WORD.finditer(text):
        tokens += [Token(text[a:b].casefold(), text[a:b], a, b) for a, b in pieces(text, found.start(), found.end())]
    return tokens


def pieces(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Bounds of the runs of one script inside a word."""
    cuts = [start]
    cuts += [i for i in range(start + 1, end) if bool(CJK.match(text[i])) != bool(CJK.match(text[i - 1]))]
    return list(zip(cuts, [*cuts[1:], end], strict=True))
