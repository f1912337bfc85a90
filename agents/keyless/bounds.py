"""Bounds in questions that want yes or no: “below 15 %”, “at least 3 a week”, “within two days”."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.keyless.text import fold

_COMPARED = {
    "most": r"(?:no|not) (?:more|longer|greater|higher) than|at most|within|up to|hochstens|maximal|innerhalb(?: von)?|au plus|como maximo|no maximo",
    "least": r"at least|no (?:less|fewer|lower) than|mindestens|au moins|al menos|por lo menos|pelo menos",
    "under": (
        r"below|under|(?:less|lower|fewer|shorter|smaller|faster|quicker) than|unter|(?:weniger|niedriger|kurzer|kleiner|schneller) als|moins d[e'u]"
        r"|en dessous de|menos de|(?:menor|inferior) (?:que|do que|a)|por debajo de|abaixo de"
    ),
    "over": (
        r"above|over|(?:more|higher|greater|longer|larger|bigger|slower) than|exceed(?:s|ing)?|uber|(?:mehr|hoher|langer|grosser) als|plus d[e'u]"
        r"|au-dessus de|mas de|mais de|(?:mayor|maior|superior) (?:que|do que|a)|por encima de|acima de"
    ),
}
_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "einem": 1, "einer": 1, "eine": 1, "ein": 1, "une": 1, "un": 1, "una": 1, "uma": 1, "um": 1}  # fmt: skip
_HOURS = {
    r"min(?:ute|uten|utes|uto|utos)?s?": 1 / 60, r"h|hours?|hrs?|stunden?|heures?|horas?": 1.0, r"d|days?|tag(?:en|e)?|jours?|dias?": 24.0,
    r"weeks?|wochen?|semaines?|semanas?": 168.0,
}  # fmt: skip
_PERCENT = r"%|percent\b|prozent\b|pour ?cent\b|por ?ciento\b|por ?cento\b"
_AMOUNT = rf"(?P<amount>\d+(?:[.,]\d+)?|\b(?:{'|'.join(_NUMBERS)})\b)\s*(?P<unit>{_PERCENT}|(?:{'|'.join(_HOURS)})\b)?"
_WORDS = "|".join(f"(?P<{name}>{words})" for name, words in _COMPARED.items())
_BOUND = re.compile(rf"(?<!\w)(?:{_WORDS})\s+{_AMOUNT}", re.IGNORECASE)
_OPEN = re.compile(
    r"^(?:\W*(?:and|so|ok|und|et|y|e)\W+)?(?:who|which|what|when|where|why|how|list|show|find|welche\w*|wer|was|wann|wie|warum|quel\w*|qui|quand"
    r"|comment|combien|cual\w*|quien\w*|que|cuand\w*|como|cuant\w*|qual|quais|quem|quando|quant\w*)\b",
    re.IGNORECASE,
)
"""Questions that want a name, a number or a list, whatever bound is in them."""
SIGNS = {"most": "at most", "least": "at least", "under": "below", "over": "above"}
"""How a bound is said."""


@dataclass(frozen=True)
class Bound:
    """What is asked of a figure: below, at most, at least or above an amount, in `%`, hours or neither; `said` are the words of the question."""

    sign: str
    amount: float
    unit: str
    said: str

    def holds(self, value: float) -> bool:
        """Whether a value keeps it."""
        return {
            "most": value <= self.amount,
            "least": value >= self.amount,
            "under": value < self.amount,
            "over": value > self.amount,
        }[self.sign]


def bounds_in(question: str) -> list[Bound]:
    """The bounds of a question that wants yes or no, in their order."""
    text = fold(question)
    if _OPEN.search(text):
        return []
    return [_bound(found) for found in _BOUND.finditer(text)]


def _bound(found: re.Match[str]) -> Bound:
    sign = next(name for name in SIGNS if found[name])
    number, unit = found["amount"].casefold(), (found["unit"] or "").casefold()
    amount = float(_NUMBERS.get(number) or number.replace(",", "."))
    said = f"{found['amount']} {found['unit'] or ''}".strip()
    hours = next((factor for words, factor in _HOURS.items() if unit and re.fullmatch(words, unit)), None)
    if hours is not None:
        return Bound(sign, amount * hours, "hours", said)
    return Bound(sign, amount / 100 if unit else amount, "%" if unit else "", said)


def is_share_within(bounds: Sequence[Bound]) -> bool:
    """Whether they ask how large a share keeps a duration: more than 80 % within a week."""
    return [bound.unit for bound in bounds] == ["%", "hours"]
