"""Which files a pull request touches."""

from etl.demo.company.clock import Dice
from etl.demo.company.model import FileChange
from etl.demo.company.plan import PullPlan
from etl.demo.company.staff import PROJECTS, REPOSITORIES, TEAMS

_LAYOUT = {
    "Python": ("{area}/{part}.py", "tests/test_{area}_{part}.py", "poetry.lock"),
    "TypeScript": ("src/{area}/{part}.tsx", "src/{area}/{part}.test.tsx", "package-lock.json"),
    "Go": ("internal/{area}/{part}.go", "internal/{area}/{part}_test.go", "go.sum"),
    "Kotlin": ("app/src/main/{area}/{part}.kt", "app/src/test/{area}/{part}Test.kt", "gradle.lockfile"),
    "HCL": ("modules/{area}/{part}.tf", "tests/{area}/{part}.tftest.hcl", ".terraform.lock.hcl"),
    "Markdown": ("guides/{area}/{part}.md", "guides/{area}/index.md", "package-lock.json"),
}
_PARTS = ("api", "model", "service", "client", "events", "rules", "views", "store", "jobs", "settings")
_SPECIAL = ("migrations/0{number}_change.sql", ".github/workflows/ci.yml", "Dockerfile", "auth/permissions.py")


def files_of(pull: PullPlan, dice: Dice) -> tuple[FileChange, ...]:
    """Files whose lines add up to the size of the pull request, tests and now and then a lock file beside them."""
    home = REPOSITORIES[pull.repo]
    source, test, lock = _LAYOUT[home.language]
    if pull.kind == "dependency":
        return (
            FileChange(lock, pull.lines, pull.lines // 2),
            FileChange("pyproject.toml" if home.language == "Python" else "package.json", 1, 1),
        )
    areas = PROJECTS[TEAMS[home.team].project].components
    count = min(max(1, round(dice.around(1 + pull.lines / 45, 0.4))), 40)
    paths = {source.format(area=dice.choice(areas), part=dice.choice(_PARTS)): None for _ in range(count)}
    if dice.happens(0.62):
        paths[test.format(area=dice.choice(areas), part=dice.choice(_PARTS))] = None
    if dice.happens(0.07):
        paths[dice.choice(_SPECIAL).format(number=dice.randint(100, 999))] = None
    changes = _share_out(pull.lines, list(paths), dice)
    if dice.happens(0.06):
        changes.append(FileChange(lock, dice.randint(20, 900), dice.randint(5, 400)))
    return tuple(changes)


def _share_out(lines: int, paths: list[str], dice: Dice) -> list[FileChange]:
    left, changes = lines, []
    for index, path in enumerate(paths):
        own = left if index == len(paths) - 1 else min(left, max(1, int(left * dice.uniform(0.15, 0.6))))
        left -= own
        added = round(own * dice.uniform(0.45, 1.0))
        changes.append(FileChange(path, added, own - added, "added" if own and added == own else "modified"))
    return changes
