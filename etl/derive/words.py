"""Words and patterns by which things are recognised (R5, R7, R10, R11, R12), as data; regular expressions are PostgreSQL's."""

from typing import Any

AGENTS = (
    "copilot-swe-agent", "copilot", "claude", "claude-code", "cursor", "cursoragent", "cursor-agent", "devin-ai-integration", "codex",
    "openai-codex", "chatgpt-codex-connector", "jules", "google-labs-jules", "sweep-ai", "openhands-agent", "gemini-code-assist", "opencode-agent",
)  # fmt: skip
"""Logins of coding agents, without `[bot]`."""

FIRST_NAMES = ("claude", "jules")
"""Agents whose login may be a person's: an account that GitHub calls a User is one."""

BOTS = ("dependabot", "dependabot-preview", "renovate", "renovate-bot", "github-actions", "web-flow")
"""Logins of bots that GitHub does not always mark as such."""

CANCELLED = ("wontdo", "wontfix", "duplicate", "cannotreproduce", "declined", "invalid", "notplanned", "cancelled", "canceled")
"""Resolutions, folded, that leave an issue neither finished nor open; GitHub says not planned."""

WORK_CLASSES = {
    "bug": "defect", "defect": "defect", "incident": "ktlo", "support": "ktlo", "maintenance": "ktlo", "techdebt": "tech_debt",
    "technicaldebt": "tech_debt", "chore": "tech_debt", "refactor": "tech_debt", "refactoring": "tech_debt", "security": "risk",
    "compliance": "risk", "improvement": "improvement", "story": "new_capability", "newfeature": "new_capability", "feature": "new_capability",
}  # fmt: skip
"""Issue type, folded, to work class."""

HOTFIX_LABELS = ("hotfix", "rollback", "revert", "incidentfix")
"""Labels, folded, that make a pull request a repair."""

AI_LABELS = (
    "ai", "aiassisted", "aigenerated", "aiauthored", "generatedbyai", "madewithai", "aiagent", "copilot", "githubcopilot", "claude", "claudecode",
    "cursor", "codex", "devin", "jules", "chatgpt", "gemini",
)  # fmt: skip
"""Labels, folded, that say an AI tool helped."""

_TOOLS = (
    r"(claude( code)?|(github )?copilot|cursor|codex|chatgpt|gpt-?[0-9][0-9a-z.-]*|openai|gemini( cli| code assist)?|devin( ai)?|windsurf|aider|cline"
    r"|amazon q( developer)?|codewhisperer|jules|tabnine|codeium|cody|roo code|opencode|augment code|anthropic)"
)
_CO_AUTHORS = (
    r"(claude|claude[ -](code|opus|sonnet|haiku|[0-9]).*|(github )?copilot|copilot-swe-agent(\[bot\])?|cursor( agent)?|(openai )?codex|chatgpt"
    r"|gemini( code assist)?|devin( ai)?|devin-ai-integration(\[bot\])?|windsurf|aider( .*)?|cline|amazon q.*|(google )?jules|google-labs-jules(\[bot\])?)"
)
_MAILBOXES = (
    r"(noreply@anthropic\.com|noreply@openai\.com|codex@openai\.com|cursoragent@cursor\.com|agent@cursor\.(com|sh)|copilot@github\.com"
    r"|[0-9]+\+copilot@users\.noreply\.github\.com|noreply@(aider\.chat|windsurf\.com)|bot@devin\.ai)"
)

PATTERNS = {
    "ai_hint": "-by|made-with|generated",
    "ai_trailer": (
        rf"(?n)^\s*(assisted-by|generated-by|made-with)\s*:.*\m{_TOOLS}\M"
        rf"|^\s*co-authored-by\s*:\s*{_CO_AUTHORS}\s*(<|$)|^\s*co-authored-by\s*:[^<]*<{_MAILBOXES}>"
    ),
    "ai_footer": rf"generated\s+(with|by|using)\s+\W{{0,3}}{_TOOLS}\M",
    "bot_login": r"\[bot\]$",
    "noreply": r"^(?:[0-9]+\+)?([^@]+)@users\.noreply\.github\.com$",
    "noreply_id": r"^([0-9]+)\+[^@]+@users\.noreply\.github\.com$",
    "waiting": r"blocked|waiting|on hold|ready for|to review|pending|queue|backlog",
    "generated": (
        r"(^|/)(package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|go\.sum|packages\.lock\.json|[^/]+\.lock|[^/]+\.lockb|\.terraform\.lock\.hcl)$"
        r"|(^|/)(vendor|node_modules|dist|__snapshots__|snapshots)/|\.min\.[^/]+$|_pb2(_grpc)?\.pyi?$|\.snap$"
    ),
    "promotion_head": r"^(main|master|develop|development|release|releases?/.+|release-?v?[0-9].*)$",
    "hotfix_ref": r"^(hotfix|rollback)[/-]",
    "hotfix_title": r"^\W*(hotfix|rollback|revert)",
    "staging": r"(stag|uat|pre-?prod|pre-?live)",
    "testing": r"(test|qa|dev|preview|sandbox|\mci\M|review)",
    "deploy_workflow": r"deploy",
    "issue_key": r"\m([a-z][a-z0-9_]+-[0-9]+)\M",
    "closing": r"\m(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\M:?\s+(?:https://[^/\s]+/)?([\w.-]+/[\w.-]+)?(?:#|/issues/)([0-9]+)",
    "revert_ref": r"^revert-([0-9]+)(?:-|$)",
    "revert_sha_ref": r"^revert-([0-9a-f]{7,40})(?:-|$)",
    "revert_body": r"\mreverts\s+(?:https://[^/\s]+/)?([\w.-]+/[\w.-]+)?(?:#|/pull/)([0-9]+)",
    "revert_commit": r"this reverts commit ([0-9a-f]{7,40})",
    "caused_by": r"caused by:?\s+(\S+)",
}  # fmt: skip

KNOWN: dict[str, Any] = {
    "agents": AGENTS,
    "first_names": FIRST_NAMES,
    "known_bots": BOTS,
    "cancelled": CANCELLED,
    "work_classes": WORK_CLASSES,
    "hotfix_labels": HOTFIX_LABELS,
    "ai_labels": AI_LABELS,
    "patterns": PATTERNS,
}
"""All of it, as the statements find it beside the settings."""
