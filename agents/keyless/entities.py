"""Names in a question: exact ones folded, near misses said, unknown ones reported instead of guessed."""

import re
from dataclasses import dataclass, field

from rapidfuzz.distance import OSA

from agents.keyless.concepts import cue_words, lexicon
from agents.keyless.lexicon.common import COMMON, PERIOD_WORDS
from agents.keyless.lexicon.ordinary import ORDINARY
from agents.keyless.text import CJK, Token, squeeze, stem
from agents.names import Names

TEAM_WORDS = frozenset(
    "team teams squad squads crew tribe group team's equipe equipes equipo equipos time times gruppe mannschaft 团队 小组 组".split()
)
KIND_WORDS = {
    **dict.fromkeys(TEAM_WORDS - {"time", "times", "group"}, "team"),
    **dict.fromkeys(["service", "services", "dienst", "servico", "servicio", "服务"], "service"),
    **dict.fromkeys(["repo", "repos", "repository", "repositorio", "repositorium", "depot", "仓库"], "repo"),
    **dict.fromkeys(["project", "projekt", "projeto", "proyecto", "projet", "项目"], "project"),
    **dict.fromkeys(["epic", "epico", "epica", "史诗"], "epic"),
}
FOLK = frozenset("folks guys people crowd gang lot engineers developers devs colleagues".split())
"""Words for a team after its name: "the platform folks"."""
LEADS = frozenset(
    """of for in by at from on with does did do is has have and or vs versus will can could should would was were are wird compare compares than about between against , : put into expect expects
    von fur bei im vom mit und oder de do da dos das del d el la le les du des y e et pour dans par para por em en a l zu zum team time equipe equipo squad""".split()
)
DETERMINERS = frozenset(
    "the our my your this that these those all any fresh what which der die das unser unsere o os as nosso nossa la el los nuestro nuestra le les nos notre".split()
)
VAGUE = frozenset(
    "data mobile platform docs infra web core app apps api design system product service tools growth search delivery ops quality security support operations release releases it".split()
)
NOT_A_TEAM_BEFORE = frozenset(
    """the our my your their each every which what whose all any other another whole entire per by of for and or best worst slowest fastest single one this that these
    those same new every two three four five six how many few first last next between across some no same engineering development dev delivery product
    das die der welches jedes unser unsere im je pro nach welche cada por qual quais cual que nosso nuestro este esse meu toda todo todos todas el la los las le les chaque quelle quel notre l par
    slower faster smaller bigger big small good bad""".split()
)
ASKING = frozenset("which what whose each every any no welches welche quel quelle qual que cual".split())
"""Before a kind these ask for one or for all of it: no name follows, in "which team suffers"."""
NAMED_AFTER = {word: kind for word, kind in KIND_WORDS.items() if word.isascii() and not word.endswith("s")}
"""Words after which a strange word can only be a name: `project XYZ`."""
ENGLISH_LEADS = frozenset("of for in at by about did does has competitor company".split())
ROMANCE_LEADS = frozenset("da do del pour em".split())
ENGLISH = frozenset("how what which when where why is are does the".split())
"""Words that only an English question has: in one, `do` leads no name."""
HELD_AGAINST = re.compile(r"compar|versus|\bvs\b|against|\bthan\b|benchmark|stack up")
"""Words after which a strange name is somebody we are held against."""
THAN_US = re.compile(r"\b(?:than|as|like) (?:us|we|ours|our)\b")
"""Somebody else is measured against us."""
EPIC_KEY = re.compile(r"\b([A-Z][A-Z0-9]{1,9}-\d+)\b")


@dataclass
class Entities:
    """What was named. `taken` are the token positions that belong to names; `unknown` the names nobody knows, with their kind."""

    filters: list[tuple[str, str]] = field(default_factory=list)
    taken: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    text: str = ""

    def add(self, kind: str, name: str, positions: range) -> None:
        """Remember a name once."""
        if (kind, name) not in self.filters:
            self.filters.append((kind, name))
        self.taken |= set(positions)


def find_entities(tokens: list[Token], raw_text: str, names: Names) -> Entities:
    """Every known name in the question, near misses included, and every word that stands where a name should."""
    found = Entities(keys=EPIC_KEY.findall(raw_text), text=raw_text)
    index = name_index(names)
    for length in (4, 3, 2, 1):
        for at in range(len(tokens) - length + 1):
            match_exact(tokens, at, length, index, found)
    for at in range(len(tokens)):
        match_near(tokens, at, index, found)
    take_keys(tokens, found)
    found.unknown += unknown_names(tokens, found)
    return found


def name_index(names: Names) -> dict[str, list[tuple[str, str]]]:
    """Squeezed name to what it may mean; teams before services before repositories before projects."""
    index: dict[str, list[tuple[str, str]]] = {}
    for key, title in names.teams.items():
        for alias in {key, title, f"{key} team"}:
            index.setdefault(squeeze(alias), []).append(("team", key))
    for key, title in names.services.items():
        for alias in {key, title}:
            index.setdefault(squeeze(alias), []).append(("service", key))
    for full in names.repos:
        for alias in {full, full.rsplit("/", 1)[-1]}:
            index.setdefault(squeeze(alias), []).append(("repo", full.rsplit("/", 1)[-1]))
    for key in names.projects:
        index.setdefault(squeeze(key), []).append(("project", key))
    for key, title in names.epics.items():
        if len(title.split()) > 1:
            index.setdefault(squeeze(title), []).append(("epic", key))
    return index


def match_exact(tokens: list[Token], at: int, length: int, index: dict[str, list[tuple[str, str]]], found: Entities) -> None:
    """Take `length` tokens at `at` when together they are a name and stand where a name can stand."""
    positions = range(at, at + length)
    meanings = index.get(squeeze("".join(t.text for t in tokens[at : at + length])))
    if not meanings or found.taken & set(positions):
        return
    meaning = preferred(meanings, tokens, at, length)
    if part_of_longer(tokens, at, length, found.text):
        return
    if meaning and (length > 1 or stands_as_name(tokens, at, meaning)):
        found.add(*meaning, positions)


def part_of_longer(tokens: list[Token], at: int, length: int, text: str) -> bool:
    """Whether a hyphen joins the tokens to another one: `payments` is not named by `payments-gateway`."""
    first, last = tokens[at], tokens[at + length - 1]
    after = tokens[at + length].text if at + length < len(tokens) else ""
    hyphen_after = (
        text[last.end : last.end + 1] in ("-", "_")
        and bool(after)
        and after not in KIND_WORDS
        and tokens[at + length].start == last.end + 1
    )
    return hyphen_after or (first.start > 1 and text[first.start - 1] in "-_" and text[first.start - 2].isalnum())


def preferred(meanings: list[tuple[str, str]], tokens: list[Token], at: int, length: int) -> tuple[str, str] | None:
    """The meaning whose kind is named beside it, else the first; short project keys only as typed in capitals."""
    around = {KIND_WORDS.get(tokens[i].text) for i in (at - 1, at + length) if 0 <= i < len(tokens)}
    usable = [m for m in meanings if m[0] != "project" or tokens[at].raw.isupper() or "project" in around]
    return next((m for m in usable if m[0] in around), usable[0] if usable else None)


def stands_as_name(tokens: list[Token], at: int, meaning: tuple[str, str]) -> bool:
    """Whether an ordinary word ("data", "platform") is meant as the name of a team or service."""
    word = tokens[at].text
    before = tokens[at - 1].text if at else ""
    after = tokens[at + 1].text if at + 1 < len(tokens) else ""
    if after in KIND_WORDS or after in FOLK or before in TEAM_WORDS or CJK.search(after):
        return True
    if word in COMMON and word not in VAGUE and meaning[0] != "project":
        return before in LEADS and before not in DETERMINERS
    if word not in VAGUE:
        return True
    continued = bool(after) and after.isalpha() and not familiar(after)
    return (before in LEADS or at == 0) and not continued and not (word == "data" and (at == 0 or before in DETERMINERS))


def concept_word(word: str) -> bool:
    """Whether the word belongs to the domain's vocabulary."""
    return word in lexicon().words or (stem(word),) in lexicon().phrases


def match_near(tokens: list[Token], at: int, index: dict[str, list[tuple[str, str]]], found: Entities) -> None:
    """Take an unknown word that is one or two letters away from a known name, and say so."""
    for length in (3, 2, 1):
        chunk = tokens[at : at + length]
        word = squeeze("".join(t.text for t in chunk))
        if len(chunk) < length or len(word) < 5 or found.taken & set(range(at, at + length)) or not any(nameless(t) for t in chunk):
            continue
        scored = [
            (OSA.distance(word, name), name)
            for name in index
            if abs(len(name) - len(word)) <= 2 and name[0] == word[0] and index[name][0][0] != "epic"
        ]
        best = min(scored, default=(9, ""))
        if best[0] and best[0] <= (1 if len(word) < 7 else 2):
            meaning = index[best[1]][0]
            found.add(*meaning, range(at, at + length))
            found.notes.append(f"I read “{' '.join(t.raw for t in chunk)}” as {meaning[0]} {meaning[1]}.")


def familiar(word: str) -> bool:
    """Whether the word is an ordinary one or one of the domain."""
    return word in COMMON or word in ORDINARY or word in PERIOD_WORDS or word in cue_words() or concept_word(word)


def take_keys(tokens: list[Token], found: Entities) -> None:
    """Issue keys such as PAY-100 are names too; the project inside one is not meant."""
    for key in found.keys:
        project, digits = key.rsplit("-", 1)
        for at in range(len(tokens) - 1):
            if tokens[at].raw == project and tokens[at + 1].text == digits:
                found.taken |= {at, at + 1}
                found.filters = [f for f in found.filters if f != ("project", project)]


def unknown_names(tokens: list[Token], found: Entities) -> list[tuple[str, str]]:
    """Words that stand where a name should, but name nothing known."""
    unknown = []
    for at, token in enumerate(tokens):
        kind = KIND_WORDS.get(token.text)
        before = tokens[at - 1] if at else None
        if (
            kind
            and before
            and at - 1 not in found.taken
            and before.text not in NOT_A_TEAM_BEFORE
            and (nameless(before) or before.text in ORDINARY or titled(tokens, at, kind))
        ):
            joined = hyphen_between(before, token, found.text)
            unknown.append((kind, f"{before.raw}-{token.raw}" if joined else before.raw))
        elif names_what_follows(tokens, at) and at + 1 not in found.taken:
            unknown.append((NAMED_AFTER[token.text], tokens[at + 1].raw))
    return unknown or hyphenated(tokens, found) or capitalised(tokens, found)


def names_what_follows(tokens: list[Token], at: int) -> bool:
    """Whether a strange word follows that can only be the name of this kind."""
    asked = at > 0 and tokens[at - 1].text in ASKING
    return tokens[at].text in NAMED_AFTER and not asked and at + 1 < len(tokens) and nameless(tokens[at + 1])


def hyphen_between(a: Token, b: Token, text: str) -> bool:
    """Whether two tokens are written as one word with a hyphen."""
    return b.start == a.end + 1 and text[a.end : b.start] == "-"


def titled(tokens: list[Token], at: int, kind: str) -> bool:
    """`the growth squad`: a word of the language that here can only be the name of a team."""
    word = tokens[at - 1].text
    return (
        kind == "team"
        and at > 1
        and tokens[at - 2].text in ("the", "our", "das", "dem", "do", "el", "l")
        and word.isalpha()
        and (word not in COMMON or word in VAGUE)
        and word not in PERIOD_WORDS
    )


def nameless(token: Token) -> bool:
    """A word that is neither ordinary nor of the domain: it can only be a name."""
    return len(token.text) > 2 and token.text.isalpha() and not familiar(token.text) and not CJK.search(token.text)


def hyphenated(tokens: list[Token], found: Entities) -> list[tuple[str, str]]:
    """`orders-service`: words joined by hyphens of which none is taken and the first is no word we know."""
    unknown = []
    for at in range(len(tokens) - 1):
        a, b = tokens[at], tokens[at + 1]
        joined = hyphen_between(a, b, found.text) and a.text.isalpha() and b.text.isalpha()
        named = b.text in (
            "service",
            "api",
            "web",
            "app",
            "core",
            "svc",
            "ui",
            "backend",
            "frontend",
            "worker",
            "lib",
            "server",
            "gateway",
            "pipeline",
            "infra",
        ) or nameless(b)
        if (
            joined
            and named
            and not found.taken & {at, at + 1}
            and (nameless(a) or b.text in ("service", "api", "svc", "ui", "backend", "frontend", "worker"))
            and at
            and tokens[at - 1].text in LEADS
        ):
            unknown.append(("service", f"{a.raw}-{b.raw}"))
    return unknown


def capitalised(tokens: list[Token], found: Entities) -> list[tuple[str, str]]:
    """A strange word right after "of", "for", "in", "at": a name that nobody knows."""
    unknown = []
    english = any(token.text in ENGLISH for token in tokens)
    against = bool(HELD_AGAINST.search(found.text.casefold()))
    not_us = bool(THAN_US.search(found.text.casefold()))
    for at in range(1, len(tokens)):
        before = tokens[at - 1].text
        if at + 1 < len(tokens) and tokens[at + 1].text == "of":
            continue  # "in terms of": part of the sentence
        lead = before in ENGLISH_LEADS or (not english and before in ROMANCE_LEADS and tokens[at].raw[0].isupper())
        lead = lead or (not_us and tokens[at].raw[0].isupper())
        lead = lead or (against and before in ("with", "to", "than", "against", "versus", "vs") and tokens[at].raw[0].isupper())
        if lead and at not in found.taken and nameless(tokens[at]):
            unknown.append(("name", tokens[at].raw))
    return unknown
