"""Whom to call and as whom: from the environment, or from a file that only you can read."""

import json
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path

DEFAULT = "default"
ADDRESS = "http://127.0.0.1:8000"


class NotConfigured(Exception):  # noqa: N818  told to people as it is
    """No token is known, or the file with the profiles cannot be read."""


@dataclass(frozen=True)
class Profile:
    """An address with a token; the token is never printed."""

    url: str
    token: str = field(repr=False)


def place() -> Path:
    """The file with the profiles, by the XDG rules."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "rementor" / "profiles.json"


def chosen(name: str | None = None) -> str:
    """The name that was given, REMENTOR_PROFILE, or `default`."""
    return name or os.environ.get("REMENTOR_PROFILE") or DEFAULT


def stored() -> dict[str, Profile]:
    """Every profile of the file; none where there is no file. Raises NotConfigured."""
    try:
        return {
            name: Profile(each["url"], each["token"])
            for name, each in json.loads(place().read_text(encoding="utf-8")).items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as broken:
        raise NotConfigured(f"{place()} cannot be read as profiles: {broken}") from broken


def find(name: str | None = None, *, url: str | None = None) -> Profile:
    """The profile to use. Raises NotConfigured where no token is known.

    A name that is given is looked up in the file. Otherwise REMENTOR_TOKEN comes first, with
    REMENTOR_URL, then the file's profile named by REMENTOR_PROFILE or `default`. REMENTOR_URL never
    sends a token of the file to another address.
    """
    token = None if name else os.environ.get("REMENTOR_TOKEN")
    if token:
        return Profile(url or os.environ.get("REMENTOR_URL") or ADDRESS, token)
    found = stored().get(chosen(name))
    if found is None:
        raise NotConfigured(
            f"There is no profile {chosen(name)!r}: run `rementor login`, or set REMENTOR_TOKEN."
        )
    wanted = url or (None if name else os.environ.get("REMENTOR_URL"))
    if wanted and wanted.rstrip("/") != found.url.rstrip("/"):
        raise NotConfigured(
            f"The profile {chosen(name)!r} is for {found.url}, not for {wanted}:"
            " run `rementor login` for that address, or set REMENTOR_TOKEN."
        )
    return found


def keep(name: str, profile: Profile | None) -> None:
    """Store a profile, or forget it; the file is for your eyes only (0600)."""
    profiles = {**stored()}
    if profile is None:
        profiles.pop(name, None)
    else:
        profiles[name] = profile
    target = place()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    text = json.dumps({key: asdict(each) for key, each in sorted(profiles.items())}, indent=2)
    # mkstemp makes a file of mode 0600; replacing is whole or not at all
    handle, scratch = tempfile.mkstemp(dir=target.parent, prefix=".profiles-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    Path(scratch).replace(target)
