"""Passwords: argon2id through passlib (the maintained libpass); the one file that knows either."""

from passlib.hash import argon2

# OWASP's second choice: 19 MiB, two passes; 26 ms on the machine it was measured on.
_hasher = argon2.using(type="ID", memory_cost=19456, time_cost=2, parallelism=1)

_NOBODYS = _hasher.hash("a password that nobody has, so that an unknown name costs the same time")


def hash_password(password: str) -> str:
    found: str = _hasher.hash(password)
    return found


def verify_password(password: str, stored: str | None) -> bool:
    """Compare in the time a real comparison takes, also where there is nothing to compare with."""
    matches: bool = _hasher.verify(password, stored or _NOBODYS)
    return matches and stored is not None
