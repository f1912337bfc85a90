"""Plans that answer with words alone."""

from agents.plan import Intent, Plan


def unsupported(message: str) -> Plan:
    """A refusal that says why and what can be asked instead."""
    return Plan(intent=Intent.UNSUPPORTED, status="unsupported", message=message)


def clarify(message: str, choices: list[str]) -> Plan:
    """A question back, with the choices."""
    return Plan(intent=Intent.CLARIFY, status="clarify", message=message, choices=choices)
