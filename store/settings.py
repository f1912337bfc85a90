"""Everything an operator can set by environment or `.env`; docs/settings.md and the test of `.env.example` read it from here."""

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, DotEnvSettingsSource, NoDecode, SettingsConfigDict

from store.clock import zone
from store.config import PulseConfig, read_config
from store.dsn import plain
from store.errors import ConfigurationError

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
MIN_SECRET_CHARACTERS = 32
SAMPLE_SECRETS = ("change", "secret", "example", "password", "default", "your-", "admin", "test")
"""Beginnings of values that people copy from somewhere instead of making their own."""

Names = Annotated[list[str], NoDecode]
"""A comma-separated list."""
Secrets = Annotated[list[SecretStr], NoDecode]
"""A comma-separated list of secrets."""


class Settings(BaseSettings):
    """What an operator can set. Every secret may also be given as NAME_FILE, the path of a file that holds it."""

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True, use_attribute_docstrings=True)

    pulse_home: Path = Path("~/.pulse")
    """Folder for the embedded database, keys and downloaded files."""
    pulse_config: Path | None = None
    """Path of pulse.yaml; without it ./pulse.yaml, then pulse.yaml in PULSE_HOME."""
    pulse_env: Literal["development", "production"] = "development"
    """`production` refuses to start on missing or sample secrets."""
    pulse_host: str = "127.0.0.1"
    """Address to listen on; any other than loopback requires login."""
    pulse_port: int = Field(8000, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    pulse_timezone: str | None = None
    """IANA time zone of reports; wins over org.timezone of pulse.yaml, which is UTC by default."""
    pulse_now: datetime | None = None
    """ISO instant that replaces the wall clock for questions, windows and forecasts; for tests and demos."""
    pulse_allow_http: bool = False
    """Accept plain HTTP base URLs of hosts other than this machine."""
    pulse_stdio_role: Literal["viewer", "user", "admin"] = "viewer"
    """Role of whoever starts an MCP server over stdio."""
    pulse_secret_keys: Secrets = Field(default_factory=list)
    """Comma-separated 32-byte url-safe base64 keys for stored connection secrets: the first encrypts, all decrypt."""

    database_url: SecretStr | None = None
    """PostgreSQL of the owner, any postgres:// or postgresql:// form; without it an embedded server starts."""
    database_url_etl: SecretStr | None = None
    """Login of the writing role, when the owner may not create roles."""
    database_url_app: SecretStr | None = None
    """Login of the serving role, when the owner may not create roles."""
    database_url_agent: SecretStr | None = None
    """Login of the read-only role, when the owner may not create roles."""
    redis_url: SecretStr | None = None
    """Redis for cache, sessions, counters and live events between machines; without it everything stays in process."""

    github_token: SecretStr | None = None
    """Personal access token for GitHub."""
    github_app_id: str | None = None
    """GitHub App instead of a token: its id."""
    github_app_private_key: SecretStr | None = None
    """GitHub App instead of a token: its private key (PEM)."""
    github_org: Names = Field(default_factory=list)
    """Comma-separated GitHub organisations to sync."""
    github_api_url: str = "https://api.github.com"
    """REST base; GitHub Enterprise Server: https://HOST/api/v3."""
    github_webhook_secret: SecretStr | None = None
    """Secret that signs GitHub webhooks."""

    jira_base_url: str | None = None
    """Base of the Jira site, such as https://acme.atlassian.net."""
    jira_email: str | None = None
    """Account of the Jira Cloud API token."""
    jira_api_token: SecretStr | None = None
    """Jira Cloud API token."""
    jira_pat: SecretStr | None = None
    """Personal access token for Jira Data Center instead of e-mail and API token."""
    jira_projects: Names = Field(default_factory=list)
    """Comma-separated Jira project keys to sync; without it all that the account sees."""
    jira_webhook_secret: SecretStr | None = None
    """Secret that signs Jira webhooks."""

    llm_provider: Literal["openai", "anthropic", "none"] | None = None
    """Which model provider to use; without it the one whose key is set, openai when both are."""
    llm_model: str | None = None
    """Model name; each provider has a default."""
    llm_timeout_s: float = Field(6.0, gt=0)
    """Seconds to the first token of the planning call; then the keyless planner answers."""
    openai_api_key: SecretStr | None = None
    """Key of OpenAI or of a compatible server."""
    openai_base_url: str | None = None
    """Any OpenAI-compatible server: Ollama, vLLM, LM Studio."""
    anthropic_api_key: SecretStr | None = None
    """Key of Anthropic."""
    anthropic_base_url: str | None = None
    """Another base for the Anthropic API."""

    jwt_secret_key: SecretStr | None = None
    """Signs access tokens, at least 32 characters; development makes its own."""
    jwt_algorithm: Literal["HS256", "HS384", "HS512"] = "HS256"
    """How access tokens are signed."""
    jwt_access_token_expire_minutes: int = Field(60, ge=1, le=1440)
    """Minutes an access token lives."""
    admin_email: str | None = None
    """First administrator, made at the first start."""
    admin_password: SecretStr | None = None
    """Password of the first administrator."""
    cors_origins: Names = Field(default_factory=list)
    """Comma-separated origins of web pages that may call the API."""
    etl_service_url: str | None = None
    """Where the ETL role listens, when roles run apart."""
    ai_service_url: str | None = None
    """Where the agent role listens, when roles run apart."""
    slack_webhook_url: SecretStr | None = None
    """Slack incoming webhook for briefings."""
    smtp_url: SecretStr | None = None
    """Mail server for briefings: smtp://user:password@host:587 (smtps:// for TLS from the start); ?to= and ?from= name whom to write to and as whom."""

    _warnings: list[str] = PrivateAttr(default_factory=list)
    _pulse: PulseConfig = PrivateAttr(default_factory=PulseConfig)
    _site: str | None = PrivateAttr(None)
    _credential: str | None = PrivateAttr(None)
    _accounts: tuple["Settings", ...] = PrivateAttr(())
    _alone: bool = PrivateAttr(default=False)

    @field_validator("github_org", "jira_projects", "cors_origins", "pulse_secret_keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("pulse_home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("pulse_now")
    @classmethod
    def _with_zone(cls, value: datetime | None) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value

    @field_validator("github_api_url", "jira_base_url", "openai_base_url", "anthropic_base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @property
    def pulse(self) -> PulseConfig:
        """What pulse.yaml says."""
        return self._pulse

    @property
    def timezone(self) -> str:
        """IANA time zone of reports."""
        return self.pulse_timezone or self._pulse.org.timezone

    def with_config(self, config: PulseConfig) -> "Settings":
        """A copy of these settings with another pulse.yaml."""
        copy = self.model_copy()
        copy._pulse = config
        return copy

    def leading_to(self, site: str | None, credential: str | None, values: Mapping[str, Any]) -> "Settings":
        """A copy that leads to a stored connection: where, and what messages call its secret."""
        copy = self.model_copy(update=dict(values))
        copy._site, copy._credential = site, credential
        return copy

    def with_accounts(self, accounts: Sequence["Settings"]) -> "Settings":
        """A copy that may also use the tokens of further accounts at the same host."""
        copy = self.model_copy()
        copy._accounts = tuple(accounts)
        return copy

    def alone(self) -> "Settings":
        """A copy beside which stored connections do not count: the demo company."""
        copy = self.model_copy()
        copy._alone = True
        return copy

    @property
    def site(self) -> str | None:
        """The beginning of the ids of the stored connection these settings lead to; None for that of the environment."""
        return self._site

    @property
    def credential(self) -> str | None:
        """What messages call the secret of a stored connection."""
        return self._credential

    @property
    def accounts(self) -> tuple["Settings", ...]:
        """Further accounts at the same GitHub."""
        return self._accounts

    @property
    def is_alone(self) -> bool:
        """Whether stored connections do not count."""
        return self._alone

    @property
    def loopback(self) -> bool:
        """Whether only this machine can reach us."""
        return self.pulse_host in LOOPBACK_HOSTS

    @property
    def production(self) -> bool:
        """Whether start checks are strict."""
        return self.pulse_env == "production"

    @property
    def warnings(self) -> list[str]:
        """What works but should be mended; `pulse doctor` prints it."""
        return self._warnings

    def secrets(self) -> list[str]:
        """Every secret value in use, for masking in logs."""
        found: list[str] = []
        for name in type(self).model_fields:
            value = getattr(self, name)
            found += [item.get_secret_value() for item in (value if isinstance(value, list) else [value]) if isinstance(item, SecretStr)]
        return [value for value in found if value]


def load_settings(config: Path | None = None) -> Settings:
    """Read environment, `.env` (here, then in PULSE_HOME) and pulse.yaml; a wrong one is a ConfigurationError naming it."""
    dotenv = _dotenv_files()
    values: dict[str, Any] = {"_env_file": dotenv, **_secret_files(dotenv)}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise _explain(error) from None
    settings.pulse_config = _config_file(settings, config)
    settings = settings.with_config(read_config(settings.pulse_config))
    _check(settings)
    return settings


def _config_file(settings: Settings, given: Path | None) -> Path | None:
    """The pulse.yaml in use; one that was named must exist, the usual places may be empty."""
    named = given or settings.pulse_config
    if named is not None:
        return named
    return next((path for path in (Path("pulse.yaml"), settings.pulse_home / "pulse.yaml") if path.is_file()), None)


def _dotenv_files() -> list[Path]:
    """Later files win: PULSE_HOME, then what PULSE_ENV_FILE names (MCP hosts start us anywhere), then the working directory."""
    home = Path(os.environ.get("PULSE_HOME") or "~/.pulse").expanduser()
    named = os.environ.get("PULSE_ENV_FILE")
    return [path for path in (home / ".env", *([Path(named).expanduser()] if named else []), Path(".env")) if path.is_file()]


def _secret_files(dotenv: list[Path]) -> dict[str, str]:
    """Values of NAME_FILE settings; NAME itself wins when both are set."""
    given = {**_read_dotenv(dotenv), **os.environ}
    found = {}
    for name in type_names(SecretStr):
        path = given.get(f"{name.upper()}_FILE")
        if path and not given.get(name.upper()):
            found[name] = _read_secret(name.upper(), Path(path))
    return found


def type_names(kind: type) -> list[str]:
    """Names of the settings that hold values of a kind."""
    return [name for name, field in Settings.model_fields.items() if kind.__name__ in str(field.annotation)]


def _read_dotenv(files: list[Path]) -> dict[str, str]:
    source = DotEnvSettingsSource(Settings, env_file=files, case_sensitive=True)
    return {name: value for name, value in source.env_vars.items() if value is not None}


def _read_secret(name: str, path: Path) -> str:
    try:
        return path.expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{name}_FILE cannot be read; give the path of a readable text file.", setting=f"{name}_FILE") from error


def _explain(error: ValidationError) -> ConfigurationError:
    """The first problem as one sentence: the setting and the rule, never the value."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    name = str(first["loc"][0]).upper() if first["loc"] else "configuration"
    return ConfigurationError(f"{name} is not valid: {first['msg'][:1].lower()}{first['msg'][1:]}.", setting=name)


def _check(settings: Settings) -> None:
    zone(settings.timezone, setting="PULSE_TIMEZONE" if settings.pulse_timezone else "org.timezone in pulse.yaml")
    for name in ("database_url", "database_url_etl", "database_url_app", "database_url_agent"):
        if (value := getattr(settings, name)) is not None:
            plain(value.get_secret_value(), setting=name.upper())
    for name in ("github_api_url", "jira_base_url", "openai_base_url", "anthropic_base_url", "etl_service_url", "ai_service_url"):
        if (value := getattr(settings, name)) is not None:
            check_base_url(name.upper(), value, allow_http=settings.pulse_allow_http)
    for key in settings.pulse_secret_keys:
        _check_key(key.get_secret_value())
    if settings.production:
        _check_production(settings)


def host_of(url: str, *, port: bool = False) -> str:
    """The host of a URL; with `port` its port too where one is named."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}" if port and parts.port else parts.hostname or ""


def check_base_url(name: str, value: str, *, allow_http: bool) -> None:
    """Refuse what is no base URL, holds a login, or sends secrets in the clear to another machine.

    Raises:
        ConfigurationError: it names the setting and the rule.
    """
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"{name} must be a URL such as https://host.", setting=name)
    if parts.username or parts.password:
        raise ConfigurationError(f"{name} must not hold a login; use the settings for tokens.", setting=name)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_HOSTS and not allow_http:
        raise ConfigurationError(f"{name} is plain HTTP to another machine; use https://, or set PULSE_ALLOW_HTTP=1.", setting=name)


def _check_key(value: str) -> None:
    try:
        size = len(base64.urlsafe_b64decode(value))
    except (binascii.Error, ValueError):
        size = 0
    if size != 32:
        raise ConfigurationError(
            "PULSE_SECRET_KEYS must hold url-safe base64 of 32 bytes each; make one with "
            '`python -c "import base64,os;print(base64.urlsafe_b64encode(os.urandom(32)).decode())"`.',
            setting="PULSE_SECRET_KEYS",
        )


def _check_production(settings: Settings) -> None:
    for name in ("jwt_secret_key", "admin_email", "admin_password", "pulse_secret_keys"):
        if not getattr(settings, name):
            raise ConfigurationError(f"{name.upper()} is required when PULSE_ENV=production.", setting=name.upper())
    jwt = settings.jwt_secret_key.get_secret_value() if settings.jwt_secret_key else ""
    if len(jwt) < MIN_SECRET_CHARACTERS or _is_sample(jwt):
        raise ConfigurationError(
            f"JWT_SECRET_KEY must be your own, of at least {MIN_SECRET_CHARACTERS} characters; make one with `openssl rand -hex 32`.",
            setting="JWT_SECRET_KEY",
        )
    password = settings.admin_password.get_secret_value() if settings.admin_password else ""
    if len(password) < 12 or _is_sample(password):
        raise ConfigurationError("ADMIN_PASSWORD must be your own, of at least 12 characters.", setting="ADMIN_PASSWORD")


def _is_sample(value: str) -> bool:
    return value.lower().startswith(SAMPLE_SECRETS) or len(set(value)) < 6
