"""Secrets a caller shows: random, checkable without the database, stored only as a digest."""

import hashlib
import secrets
import zlib
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_LENGTH = 30  # 178.6 bits
CHECK_LENGTH = 6


class TokenKind(StrEnum):
    API_KEY = "rmk"
    ACCESS = "rms"
    REFRESH = "rmr"
    INVITATION = "rmi"
    CLIENT_SECRET = "rmc"  # noqa: S105  the kind, not one


def new_secret(kind: TokenKind) -> str:
    """`rmk_` + 30 random base62 characters + their CRC32 in six more."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return f"{kind}_{body}{checksum(body)}"


def checksum(body: str) -> str:
    """CRC32 of the random part in six base62 characters: GitHub's layout, known to scanners."""
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECK_LENGTH):
        value, digit = divmod(value, 62)
        digits = ALPHABET[digit] + digits
    return digits


def well_formed(secret: str, *kinds: TokenKind) -> bool:
    """Whether it can be one of ours at all: a mistyped secret is refused without a look-up."""
    prefix, _, rest = secret.partition("_")
    return (
        prefix in kinds
        and len(rest) == RANDOM_LENGTH + CHECK_LENGTH
        and rest.isascii()
        and rest.isalnum()
        and checksum(rest[:RANDOM_LENGTH]) == rest[RANDOM_LENGTH:]
    )


def digest(secret: str) -> bytes:
    """What is stored: SHA-256, enough for 178 random bits."""
    return hashlib.sha256(secret.encode()).digest()
