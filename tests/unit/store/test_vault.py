"""Secrets at rest: encrypted, bound to their cell, readable by every key that is named."""

import base64
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from store.errors import ConfigurationError
from store.settings import Settings
from store.vault import KEY_FILE, Cell, Vault, fingerprint, open_vault

CELL = Cell("connection", "secret", "github-1")
SECRET = SecretStr("ghp_0123456789abcdef0123456789abcdef0123")


def _key() -> SecretStr:
    return SecretStr(base64.urlsafe_b64encode(os.urandom(32)).decode())


def _settings(home: Path, *keys: SecretStr) -> Settings:
    return Settings(_env_file=None, pulse_home=home, pulse_secret_keys=list(keys))


def test_a_secret_comes_back_and_its_ciphertext_tells_nothing() -> None:
    """Two encryptions of one secret differ, and neither holds a part of it."""
    vault = Vault([os.urandom(32)])
    sealed = [vault.seal(SECRET, CELL) for _ in range(2)]
    assert [vault.open(one, CELL) for one in sealed] == [SECRET, SECRET]
    assert sealed[0] != sealed[1]
    assert "0123456789abcdef" not in sealed[0]


@pytest.mark.parametrize("cell", [Cell("connection", "secret", "github-2"), Cell("connection", "options", "github-1")])
def test_a_ciphertext_that_was_moved_cannot_be_opened(cell: Cell) -> None:
    """Table, column and row are bound in: nobody swaps the secrets of two rows."""
    vault = Vault([os.urandom(32)])
    with pytest.raises(ConfigurationError, match="changed outside"):
        vault.open(vault.seal(SECRET, CELL), cell)


def test_a_ciphertext_with_any_bit_flipped_is_refused() -> None:
    """All of nonce, text and tag are checked."""
    vault = Vault([os.urandom(32)])
    head, _, body = vault.seal(SECRET, CELL).rpartition(".")
    raw = base64.urlsafe_b64decode(body)
    for bit in range(len(raw) * 8):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ConfigurationError):
            vault.open(f"{head}.{base64.urlsafe_b64encode(bytes(changed)).decode()}", CELL)


def test_the_first_key_encrypts_and_all_decrypt(tmp_path: Path) -> None:
    """Rotation: put the new key in front, and nothing that was stored is lost."""
    old, new = _key(), _key()
    sealed = open_vault(_settings(tmp_path, old)).seal(SECRET, CELL)
    both = open_vault(_settings(tmp_path, new, old))
    again = both.seal(both.open(sealed, CELL), CELL)
    assert (both.is_current(sealed), both.is_current(again)) == (False, True)
    assert open_vault(_settings(tmp_path, new)).open(again, CELL) == SECRET


def test_a_lost_key_is_named_and_the_secret_is_not(tmp_path: Path) -> None:
    """The message says which setting lacks which key."""
    sealed = open_vault(_settings(tmp_path, _key())).seal(SECRET, CELL)
    with pytest.raises(ConfigurationError, match="PULSE_SECRET_KEYS lacks the key") as caught:
        open_vault(_settings(tmp_path, _key())).open(sealed, CELL)
    assert caught.value.setting == "PULSE_SECRET_KEYS"
    assert SECRET.get_secret_value()[:16] not in str(caught.value)


def test_without_keys_one_is_made_for_the_owner_alone_and_kept(tmp_path: Path) -> None:
    """A key file under PULSE_HOME, mode 0600; one that others can read is refused."""
    sealed = open_vault(_settings(tmp_path)).seal(SECRET, CELL)
    file = tmp_path / KEY_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert open_vault(_settings(tmp_path)).open(sealed, CELL) == SECRET
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    file.chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        open_vault(_settings(tmp_path))


def test_a_fingerprint_tells_secrets_apart() -> None:
    """The same secret has the same one."""
    assert fingerprint(SECRET) == fingerprint(SecretStr(SECRET.get_secret_value())) != fingerprint(SecretStr("another"))
