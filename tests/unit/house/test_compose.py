"""The compose files: no sample secret, everything checked for health, and the hardened one hard."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from store.settings import Settings, type_names

ROOT = Path(__file__).parents[3]
FILES = ["docker-compose.yml", "docker-compose.prod.yml"]
ROLES = {"serve", "worker", "scheduler"}


def compose(name: str) -> dict[str, Any]:
    """A compose file, parsed."""
    return dict(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")))


def services(name: str) -> dict[str, Any]:
    """Its services."""
    return dict(compose(name)["services"])


@pytest.mark.parametrize("name", FILES)
def test_both_files_run_every_role_beside_postgres_and_redis(name: str) -> None:
    """The same services everywhere; each role has its own command."""
    found = services(name)
    assert (set(found), {found[role]["command"][1] for role in ROLES}) == (ROLES | {"postgres", "redis"}, ROLES)


@pytest.mark.parametrize("name", FILES)
def test_every_service_is_checked_and_waits_for_its_stores(name: str) -> None:
    """A role starts when the database answers, and is restarted when it does not."""
    found = services(name)
    assert [
        service
        for service, spec in found.items()
        if not {"test", "interval", "timeout", "retries", "start_period"} <= set(spec["healthcheck"])
    ] == []
    assert {found[role]["depends_on"][store]["condition"] for role in ROLES for store in ("postgres", "redis")} == {"service_healthy"}


@pytest.mark.parametrize("name", FILES)
def test_no_secret_has_a_default(name: str) -> None:
    """Every secret is demanded by name, read from a file, or empty because it is optional."""
    secret = {setting.upper() for setting in type_names(SecretStr)} | {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    text = (ROOT / name).read_text(encoding="utf-8")
    defaults = re.findall(r"\$\{(\w+):-([^}]+)\}", text)
    assert [variable for variable, _ in defaults if variable in secret] == []
    assert [line for line in text.splitlines() if re.search(r"(PASSWORD|SECRET|TOKEN|KEY)\w*: [^$/\s]", line)] == []


@pytest.mark.parametrize("name", FILES)
def test_every_variable_of_a_role_is_a_setting(name: str) -> None:
    """A misspelt variable would be ignored in silence."""
    settings = {setting.upper() for setting in Settings.model_fields}
    given = {variable.removesuffix("_FILE") for role in ROLES for variable in services(name)[role]["environment"]}
    assert given - settings == set()


@pytest.mark.parametrize("name", FILES)
def test_only_the_front_door_is_published_and_only_to_this_machine(name: str) -> None:
    """A proxy in front decides who else gets in; no image floats."""
    found = services(name)
    published = {service: spec["ports"] for service, spec in found.items() if "ports" in spec}
    assert (list(published), all(port.startswith("127.0.0.1:") for port in published["serve"])) == (["serve"], True)
    assert [spec["image"] for spec in found.values() if "latest" in spec["image"] or ":" not in spec["image"]] == []


def test_the_hardened_file_is_hard() -> None:
    """Read-only, no capabilities, not root, bounded, images by digest, secrets as files, stores without a way out."""
    for name, spec in services("docker-compose.prod.yml").items():
        assert (spec["read_only"], spec["cap_drop"], spec["security_opt"], spec["init"]) == (
            True,
            ["ALL"],
            ["no-new-privileges:true"],
            True,
        ), name
        assert not spec["user"].startswith("0"), name
        assert {"mem_limit", "cpus", "pids_limit", "stop_grace_period", "logging", "secrets"} <= set(spec), name
        assert "sha256" in spec["image"], name
        assert "docker.sock" not in str(spec), name
    assert (compose("docker-compose.prod.yml")["networks"]["inside"], services("docker-compose.prod.yml")["postgres"]["networks"]) == (
        {"internal": True},
        ["inside"],
    )


def test_the_image_runs_as_an_ordinary_user_from_the_lock_file() -> None:
    """What is tested is what is shipped."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert ("USER 10001:10001" in text, "--locked" in text, ":latest" in text, text.count("FROM ")) == (True, True, False, 3)
