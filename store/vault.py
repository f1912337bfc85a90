"""Secrets at rest: AES-256-GCM under the keys of PULSE_SECRET_KEYS, bound to the cell they stand in."""

import base64
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

from store.errors import ConfigurationError
from store.settings import Settings

KEY_BYTES = 32
NONCE_BYTES = 12
VERSION = "v1"
KEY_FILE = "secret.key"
OWNER_ONLY = 0o600


@dataclass(frozen=True)
class Cell:
    """Where a secret stands; ciphertext moved to another cell cannot be opened."""

    table: str
    column: str
    row: str

    def bound(self, key_id: str) -> bytes:
        """What the ciphertext is bound to."""
        return f"{VERSION}\x1f{self.table}\x1f{self.column}\x1f{self.row}\x1f{key_id}".encode()


class Vault:
    """Encrypts with the first key and decrypts with any."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        self._keys = {key_id(key): AESGCM(key) for key in keys}
        self.current = key_id(keys[0])
        """Id of the key that encrypts."""

    def seal(self, secret: SecretStr, cell: Cell) -> str:
        """The ciphertext of a secret as text: version, key id, then nonce and ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._keys[self.current].encrypt(nonce, secret.get_secret_value().encode(), cell.bound(self.current))
        return f"{VERSION}.{self.current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, cell: Cell) -> SecretStr:
        """The secret behind a ciphertext.

        Raises:
            ConfigurationError: its key is not among ours, or it was changed or moved.
        """
        version, _, rest = sealed.partition(".")
        known, _, body = rest.partition(".")
        key = self._keys.get(known)
        if version != VERSION or key is None:
            raise ConfigurationError(
                f"PULSE_SECRET_KEYS lacks the key {known or 'of this installation'} that {cell.table} {cell.row} was encrypted with.",
                setting="PULSE_SECRET_KEYS",
            )
        try:
            raw = base64.b64decode(body, altchars=b"-_", validate=True)
            return SecretStr(key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], cell.bound(known)).decode())
        except (InvalidTag, ValueError) as error:
            raise ConfigurationError(
                f"The secret of {cell.table} {cell.row} was changed outside of Pulse; remove it and add it again.",
                setting="PULSE_SECRET_KEYS",
            ) from error

    def is_current(self, sealed: str) -> bool:
        """Whether a ciphertext uses the key that encrypts today."""
        return sealed.startswith(f"{VERSION}.{self.current}.")


def key_id(key: bytes) -> str:
    """A name for a key that tells nothing about it."""
    return hashlib.sha256(b"pulse key id\x00" + key).hexdigest()[:8]


def fingerprint(secret: SecretStr) -> str:
    """What tells two secrets apart without showing either: a salted digest, 12 hexadecimal digits."""
    return hashlib.scrypt(secret.get_secret_value().encode(), salt=b"pulse fingerprint", n=2**12, r=8, p=1, dklen=6).hex()


def open_vault(settings: Settings) -> Vault:
    """The vault of an installation: PULSE_SECRET_KEYS, else a key file under PULSE_HOME that is made at first use."""
    if settings.pulse_secret_keys:
        return Vault([base64.urlsafe_b64decode(key.get_secret_value()) for key in settings.pulse_secret_keys])
    return Vault([_own_key(settings.pulse_home / KEY_FILE)])


def _own_key(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True)
    made = base64.urlsafe_b64encode(os.urandom(KEY_BYTES))
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    if not path.exists():
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as file:
            file.write(made)
        _keep_first(scratch, path)
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(f"{path} can be read by others; run `chmod 600 {path}`.", setting="PULSE_SECRET_KEYS")
    key = base64.urlsafe_b64decode(path.read_bytes().strip())
    if len(key) != KEY_BYTES:
        raise ConfigurationError(f"{path} holds no key; restore it from a backup, or set PULSE_SECRET_KEYS.", setting="PULSE_SECRET_KEYS")
    return key


def _keep_first(scratch: Path, path: Path) -> None:
    """Of two processes that make a key at once the first wins: a link, unlike a rename, never replaces."""
    try:
        path.hardlink_to(scratch)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
