"""Settings: one place, no secret by default, and errors that name the setting but never its value."""

import base64
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from store.config import PulseConfig
from store.errors import ConfigurationError
from store.settings import Settings, load_settings

ROOT = Path(__file__).parents[3]
KEY = base64.urlsafe_b64encode(bytes(range(32))).decode()
PRODUCTION = {
    "PULSE_ENV": "production",
    "JWT_SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "ADMIN_EMAIL": "root@acme.example",
    "ADMIN_PASSWORD": "horse-battery-staple",
    "PULSE_SECRET_KEYS": KEY,
}


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working directory and an empty PULSE_HOME."""
    (tmp_path / "home").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PULSE_HOME", str(tmp_path / "home"))


def load(monkeypatch: pytest.MonkeyPatch, **environment: str) -> Settings:
    """Settings under some environment variables."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return load_settings()


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    """A fresh machine listens on itself, in development, with no secret of anybody."""
    settings = load_settings()
    assert (settings.pulse_home, settings.loopback, settings.production, settings.timezone, settings.secrets()) == (
        tmp_path / "home",
        True,
        False,
        "UTC",
        [],
    )


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blanks and empty parts do not count."""
    settings = load(monkeypatch, GITHUB_ORG=" acme-shop, other ,", JIRA_PROJECTS="PAY")
    assert (settings.github_org, settings.jira_projects) == (["acme-shop", "other"], ["PAY"])


def test_a_secret_may_lie_in_a_file_in_which_blanks_around_it_do_not_count(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Containers mount secrets as files; NAME wins over NAME_FILE."""
    (tmp_path / "token").write_text(" from-file\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("JIRA_PAT_FILE", str(tmp_path / "token"))
    settings = load(monkeypatch, JIRA_PAT="direct")
    assert (settings.github_token, settings.jira_pat) == (SecretStr("from-file"), SecretStr("direct"))


def test_the_env_file_here_wins_over_the_one_in_pulse_home_and_the_environment_over_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The nearer, the stronger."""
    (tmp_path / "home" / ".env").write_text("PULSE_PORT=1\nGITHUB_ORG=home\nJIRA_EMAIL=home@x.example\n", encoding="utf-8")
    (tmp_path / ".env").write_text("PULSE_PORT=2\nGITHUB_ORG=here\n", encoding="utf-8")
    settings = load(monkeypatch, PULSE_PORT="3")
    assert (settings.pulse_port, settings.github_org, settings.jira_email) == (3, ["here"], "home@x.example")


def test_secret_files_may_be_named_in_the_env_file_too(tmp_path: Path) -> None:
    """`.env` and environment are the same list of names."""
    (tmp_path / "key").write_text("k", encoding="utf-8")
    (tmp_path / ".env").write_text(f"OPENAI_API_KEY_FILE={tmp_path / 'key'}\n", encoding="utf-8")
    assert load_settings().openai_api_key == SecretStr("k")


def test_pulse_yaml_is_found_and_the_time_zone_setting_wins_over_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`--config`, else PULSE_CONFIG, else ./pulse.yaml, else PULSE_HOME."""
    (tmp_path / "home" / "pulse.yaml").write_text("org: {timezone: Asia/Tokyo}", encoding="utf-8")
    in_home = load_settings().timezone
    (tmp_path / "pulse.yaml").write_text("org: {timezone: Europe/Paris}", encoding="utf-8")
    here = load_settings().timezone
    (tmp_path / "other.yaml").write_text("org: {timezone: America/Lima}", encoding="utf-8")
    named = load_settings(tmp_path / "other.yaml").timezone
    assert (in_home, here, named, load(monkeypatch, PULSE_TIMEZONE="UTC").timezone) == ("Asia/Tokyo", "Europe/Paris", "America/Lima", "UTC")


def test_an_instant_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """PULSE_NOW must mean the same on every machine."""
    assert load(monkeypatch, PULSE_NOW="2026-11-20T00:00:00").pulse_now == datetime(2026, 11, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULSE_PORT", "eighty-s3cret"),
        ("PULSE_ENV", "staging-s3cret"),
        ("PULSE_NOW", "yesterday-s3cret"),
        ("PULSE_TIMEZONE", "Mars/s3cret"),
        ("PULSE_SECRET_KEYS", "s3cret"),
        ("DATABASE_URL", "mysql://u:s3cret@host/db"),
        ("DATABASE_URL", "postgresql://u:s3cret@host"),
        ("DATABASE_URL_APP", "s3cret"),
        ("GITHUB_API_URL", "http://s3cret.example/api/v3"),
        ("JIRA_BASE_URL", "ftp://s3cret.example"),
        ("JIRA_BASE_URL", "https://user:s3cret@jira.example"),
        ("OPENAI_BASE_URL", "s3cret"),
        ("LLM_TIMEOUT_S", "-1"),
        ("JWT_ALGORITHM", "none"),
        ("GITHUB_TOKEN_FILE", "/nowhere/s3cret"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """Exit code 2 and one sentence; values may be secrets."""
    with pytest.raises(ConfigurationError) as caught:
        load(monkeypatch, **{name: value})
    assert (name in str(caught.value), "s3cret" in str(caught.value), caught.value.setting, caught.value.exit_code) == (
        True,
        False,
        name,
        2,
    )


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost/api", "http://[::1]:1/x", "https://api.acme.example"])
def test_plain_http_is_for_this_machine(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Loopback and TLS pass."""
    assert load(monkeypatch, GITHUB_API_URL=f"{url}/").github_api_url == url


def test_plain_http_elsewhere_needs_a_decision(monkeypatch: pytest.MonkeyPatch) -> None:
    """PULSE_ALLOW_HTTP=1 is that decision."""
    assert load(monkeypatch, JIRA_BASE_URL="http://jira.internal", PULSE_ALLOW_HTTP="1").jira_base_url == "http://jira.internal"


def test_production_starts_with_secrets_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """All four given and none of them a sample."""
    assert load(monkeypatch, **PRODUCTION).production


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, "") for name in PRODUCTION if name != "PULSE_ENV"],
        ("JWT_SECRET_KEY", "change-me-change-me-change-me-change-me"),
        ("JWT_SECRET_KEY", "x" * 64),
        ("JWT_SECRET_KEY", "short"),
        ("ADMIN_PASSWORD", "password1234"),
        ("ADMIN_PASSWORD", "short"),
    ],
)
def test_production_refuses_missing_and_sample_secrets(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The default of somebody's example is no secret."""
    with pytest.raises(ConfigurationError, match=name):
        load(monkeypatch, **{**PRODUCTION, name: value})


def test_no_form_of_the_settings_shows_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """str, repr and JSON are what ends up in logs."""
    settings = load(monkeypatch, GITHUB_TOKEN="s3cret-token", DATABASE_URL="postgresql://u:s3cret-pw@h/d", PULSE_SECRET_KEYS=KEY)
    shown = f"{settings} {settings!r} {settings.model_dump_json()}"
    assert ([part for part in ("s3cret", KEY) if part in shown], len(settings.secrets())) == ([], 3)


def test_settings_with_another_pulse_yaml_leave_the_first_alone() -> None:
    """Tests and requests may look at the same settings in two ways."""
    first = Settings(_env_file=None)
    second = first.with_config(PulseConfig.model_validate({"org": {"timezone": "Asia/Tokyo"}}))
    assert (first.timezone, second.timezone) == ("UTC", "Asia/Tokyo")


def test_the_sample_env_file_documents_every_setting_and_nothing_else() -> None:
    """`.env.example` is what an operator copies: each name once, commented out, with no secret in it."""
    sample = (ROOT / ".env.example").read_text(encoding="utf-8")
    names = re.findall(r"^#?([A-Z][A-Z_]*)=", sample, re.MULTILINE)
    assert sorted(names) == sorted(name.upper() for name in Settings.model_fields)


def test_every_setting_says_what_it_does() -> None:
    """The description stands in the docs, in `.env.example` and in `pulse config show`."""
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
