"""Secrets of other systems that must be read again: sealed with keys that no table holds."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kit.problems import Unavailable

VERSION, NAME_LENGTH, NONCE_LENGTH = b"\x01", 4, 12


class SealMissing(Unavailable):
    slug, title = (
        "seal-missing",
        "The operator has not set REMENTOR_SECRET_KEYS, or has lost the key of what is stored",
    )


@dataclass(frozen=True)
class Sealing:
    """AES-256-GCM; the first key seals, all of them open, so that keys can be rotated.

    What is sealed is bound to its place: carried over to another row, it does not open.
    """

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, passphrases: Sequence[str]) -> "Sealing":
        """From what the operator has set, newest first; of at least 32 random characters each."""
        return cls(
            tuple(
                hmac.digest(each.encode(), b"rementor: sealing", hashlib.sha256)
                for each in passphrases
            )
        )

    def seal(self, secret: str, place: str) -> bytes:
        """The secret, to be stored at `place`: table, organization and id. Raises SealMissing."""
        if not self.keys:
            raise SealMissing
        key, nonce = self.keys[0], secrets.token_bytes(NONCE_LENGTH)
        head = VERSION + _name(key)
        return head + nonce + AESGCM(key).encrypt(nonce, secret.encode(), head + place.encode())

    def unseal(self, sealed: bytes, place: str) -> str:
        """The secret again. Raises SealMissing where no key opens it at this place."""
        head, rest = sealed[: 1 + NAME_LENGTH], sealed[1 + NAME_LENGTH :]
        nonce, locked = rest[:NONCE_LENGTH], rest[NONCE_LENGTH:]
        for key in self.keys:
            if head == VERSION + _name(key):
                try:
                    return AESGCM(key).decrypt(nonce, locked, head + place.encode()).decode()
                except InvalidTag:
                    break
        raise SealMissing("What is stored cannot be opened with the keys that are set.")


def _name(key: bytes) -> bytes:
    """Which key it was, without telling anything about it."""
    return hashlib.sha256(b"name" + key).digest()[:NAME_LENGTH]
