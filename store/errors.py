"""The one error tree: every message is a sentence that says what is wrong and what to do.

PulseError
├── ConfigurationError      a setting is missing or wrong (exit code 2)
├── DatabaseUnavailable     PostgreSQL cannot be reached, started or migrated
├── DamagedBackup           a backup file is not what was written
├── UpstreamError           GitHub, Jira or a model server failed
│   ├── RateLimited         … asks us to wait
│   ├── AccessRefused       … refuses the credentials
│   ├── QuestionRefused     … does not accept the question, such as an expired page token
│   └── UpstreamGone        … no longer has what we asked for
├── InvalidQuestion         arguments that no metric or tool accepts (exit code 2)
├── NotFound                an id or name that Pulse does not know
├── NotCovered              the data asked for was never synced
├── NotAllowed              the caller's role does not permit it
├── TryLater                it cannot be done now, but soon; a job that raises it is tried again
└── Conflict                it is already running, or somebody else changed it first
"""


class PulseError(Exception):
    """Something Pulse can explain in one sentence."""

    exit_code = 1


class ConfigurationError(PulseError):
    """A setting is missing or wrong; the message names the setting and the remedy."""

    exit_code = 2

    def __init__(self, message: str, *, setting: str | None = None) -> None:
        super().__init__(message)
        self.setting = setting


class DatabaseUnavailable(PulseError):
    """PostgreSQL cannot be reached, started or migrated."""

    retry_after_s = 5


class DamagedBackup(PulseError):
    """A backup file is not what was written: cut, changed, or no backup at all."""


class UpstreamError(PulseError):
    """GitHub, Jira or a model server failed; the run records it and goes on where it can."""


class RateLimited(UpstreamError):
    """The source asks us to wait."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(f"The source asks us to wait {retry_after_s:g} s; the sync goes on by itself.")
        self.retry_after_s = retry_after_s


class AccessRefused(UpstreamError):
    """The source refuses our credentials, or they lack a permission."""


class QuestionRefused(UpstreamError):
    """The source does not accept what we ask (400): a page token that expired, a sprint that was deleted."""


class UpstreamGone(UpstreamError):
    """The source no longer has what we asked for: deleted, renamed or made private."""


REFUSALS = (ConfigurationError, AccessRefused, UpstreamGone)
"""What concerns a part of a source alone: a token, an organisation, a repository or a project. The other parts are read all the same."""


class InvalidQuestion(PulseError):
    """Arguments that no metric or tool accepts; the message lists what is accepted."""

    exit_code = 2


class NotFound(PulseError):
    """An id or name that Pulse does not know."""


class NotCovered(PulseError):
    """The data asked for was never synced; the message names the command that syncs it."""


class NotAllowed(PulseError):
    """The caller's role does not permit the operation."""


class Conflict(PulseError):
    """The thing is already running, or somebody else changed it first."""


class TryLater(PulseError):
    """It cannot be done now, but soon; a job that raises it is tried again."""
