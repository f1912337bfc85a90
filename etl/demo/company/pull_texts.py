"""Titles, branches, bodies and messages of pull requests; they carry the keys of the issues and the traces of AI tools."""

from etl.demo.company import words
from etl.demo.company.clock import Dice
from etl.demo.company.plan import IssuePlan, PullPlan
from etl.demo.company.staff import ORG, PEOPLE, TEAMS

_COPILOT_TRAILER = "Co-authored-by: Copilot <175728472+Copilot@users.noreply.github.com>"
_CLAUDE_TRAILER = "Co-Authored-By: Claude <noreply@anthropic.com>"
_TOOL_FOOTER = "🤖 Generated with [Claude Code](https://claude.com/claude-code)"


def key_of(issue: IssuePlan) -> str:
    """`PAY-123`."""
    return f"{TEAMS[issue.team].project}-{issue.number}"


class PullTexts:
    """The words of one pull request; needs the numbers of issues and pull requests to be given."""

    def __init__(self, pull: PullPlan, dice: Dice) -> None:
        self.pull = pull
        self.key = key_of(pull.issue) if pull.issue else None
        roll = dice.random()
        self.key_in_title = roll < 0.72
        self.key_in_branch = roll < 0.93
        self.title = self._title(dice)
        self.branch = self._branch(dice)
        self.trailer = self._trailer(dice)
        self.body = self._body(dice)

    def _title(self, dice: Dice) -> str:
        pull = self.pull
        if pull.kind == "revert" and pull.reverts is not None:
            return f'Revert "{PullTexts(pull.reverts, Dice(pull.reverts.serial, "texts")).title}"'[:250]
        subject = pull.title or (pull.issue.title if pull.issue else "Small fix")
        if pull.kind == "hotfix":
            subject = f"Hotfix: {subject}"
        elif dice.happens(0.0015):
            subject = dice.choice(words.ODD_TITLES)
        shown = (
            f"{self.key} {subject}"
            if self.key and self.key_in_title and dice.happens(0.5)
            else f"[{self.key}] {subject}"
            if self.key and self.key_in_title
            else subject
        )
        return shown[:250]

    def _branch(self, dice: Dice) -> str:
        pull = self.pull
        slug = words.slug(pull.title or (pull.issue.title if pull.issue else "fix")) or "change"
        if pull.kind == "promotion":
            return "develop"
        if pull.kind == "dependency":
            return f"{pull.author}/{slug}"
        if pull.kind == "revert" and pull.reverts is not None:
            return f"revert-{pull.reverts.number}-{slug}"
        start = (
            "hotfix" if pull.kind == "hotfix" else pull.author if pull.ai == "agent" else dice.choice(["feature", "feature", "fix", "task"])
        )
        return f"{start}/{self.key}-{slug}" if self.key and self.key_in_branch else f"{start}/{slug}-{pull.number}"

    def _trailer(self, dice: Dice) -> str:
        if self.pull.ai != "assisted":
            return ""
        return dice.choice([_COPILOT_TRAILER, _COPILOT_TRAILER, _CLAUDE_TRAILER, ""])

    def _body(self, dice: Dice) -> str:
        pull = self.pull
        if pull.kind == "revert" and pull.reverts is not None:
            return f"Reverts {ORG}/{pull.repo}#{pull.reverts.number}"
        if pull.kind == "dependency":
            return f"{pull.title}. Release notes and changelog are in the upstream repository."
        parts = [
            f"Part of {self.key}." if self.key and self.key_in_branch else "",
            dice.choice(["What and why: see the ticket.", "Small step, no change in behaviour.", "Tested on staging.", ""]),
        ]
        if dice.happens(0.003):
            parts.append(dice.choice(words.ODD_BODIES))
        if pull.ai == "assisted" and (not self.trailer or dice.happens(0.3)):
            parts.append(_TOOL_FOOTER)
        return "\n\n".join(filter(None, parts))

    def commit_message(self, position: int, dice: Dice) -> str:
        """The message of the nth commit on the branch."""
        if self.pull.kind in ("dependency", "direct"):
            return self.title
        subject = (
            self.title
            if position == 0
            else dice.choice(["Address review", "Add tests", "Fix lint", "Handle the empty case", "Rename for clarity", "Work in progress"])
        )
        key = f"{self.key} " if self.key and position and self.key_in_branch and dice.happens(0.3) else ""
        return f"{key}{subject}\n\n{self.trailer}".strip()

    def squash_message(self, messages: list[str]) -> str:
        """The message GitHub makes of a squashed branch."""
        lines = [f"{self.title} (#{self.pull.number})", "", *(f"* {message.splitlines()[0]}" for message in messages if len(messages) > 1)]
        return "\n".join([*lines, "", self.trailer]).strip()

    def merge_message(self) -> str:
        """The message of a merge commit."""
        return f"Merge pull request #{self.pull.number} from {ORG}/{self.branch}\n\n{self.title}"


def git_email(person: str, dice: Dice) -> str:
    """Mostly the usual address of that person."""
    emails = PEOPLE[person].git_emails
    return emails[0] if len(emails) == 1 or dice.happens(0.9) else emails[1]
