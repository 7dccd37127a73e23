"""Keeps one real answer of each operation: the examples of the contract, `app/examples.json`.

`make examples`, or for one room `REMENTOR_RECORD_EXAMPLES=app/examples.json pytest -k sqlite
tests/<room>` (one process, no -n), adds operations that have no example yet, or one that their
schema refuses by now; all others stay as they are, unless REMENTOR_RECORD_EXAMPLES_ANEW is set.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

LONGEST_LIST = 2
LONGEST_EXAMPLE = 8_000  # characters; an answer that is longer when cut shows less, not more
SECRET = "shown_once"
Example = dict[str, Any]


class Recorder:
    """Of the answers seen in a run, the one of each operation that shows the most in little."""

    def __init__(self, file: Path, *, anew: bool) -> None:
        self.file = file
        self.kept: dict[str, Example] = {}
        if file.exists() and not anew:
            self.kept = json.loads(file.read_text(encoding="utf-8"))
        self.found: dict[tuple[str, str], tuple[tuple[float, int], Any]] = {}
        """By operation and status: its rank, and the answer."""

    @classmethod
    def wanted(cls) -> "Recorder | None":
        file = os.environ.get("REMENTOR_RECORD_EXAMPLES")
        anew = "REMENTOR_RECORD_EXAMPLES_ANEW" in os.environ
        return cls(Path(file), anew=anew) if file else None

    def offer(self, operation_id: str, status: str, body: Any) -> None:
        """Take an answer if it is better than what was seen before in this run."""
        if status in self.kept.get(operation_id, {}):
            return
        body = shortened(body)
        length = len(json.dumps(body))
        rank = (round(emptiness(body), 1), length)
        best = self.found.get((operation_id, status))
        if length <= LONGEST_EXAMPLE and (best is None or rank < best[0]):
            self.found[operation_id, status] = (rank, body)

    def keep(self, current: Iterable[str]) -> None:
        """Let go of examples that are not current any more: they are recorded anew."""
        self.kept = {name: self.kept[name] for name in current if name in self.kept}

    def write(self) -> None:
        told = {name: dict(examples) for name, examples in self.kept.items()}
        for (name, status), (_, body) in sorted(self.found.items()):
            told.setdefault(name, {})[status] = body
        text = json.dumps(dict(sorted(told.items())), indent=1, ensure_ascii=False)
        self.file.write_text(text + "\n", encoding="utf-8")


def shortened(value: Any, name: str = "") -> Any:
    """The same with short lists, and without secrets."""
    if isinstance(value, dict):
        return {key: shortened(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [shortened(each, name) for each in value[:LONGEST_LIST]]
    secret = ("token" in name and not name.startswith("token_")) or name.endswith(
        ("secret", "handle")
    )
    return SECRET if secret and isinstance(value, str) else value


def emptiness(value: Any) -> float:
    """The share of values that say nothing."""
    leaves = list(_leaves(value))
    return sum(each is None or each in ([], {}) for each in leaves) / len(leaves)


def _leaves(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [leaf for each in inner for leaf in _leaves(each)] or [value]
