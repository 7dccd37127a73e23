"""Compares the contract with the last released one: what was removed or narrowed breaks clients.

`python openapi/tools/breaking.py` leaves with 1 where something breaks and the version in
pyproject.toml does not say so; with `--release` it records today's contract as the released one
(`make release-contract`). Added operations, optional inputs, answers' members and values of open
enums break nobody; `docs/decisions/0013-what-breaks-a-client.md` tells the rules.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RELEASED = ROOT / "openapi/released.json"
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
PROSE = ("description", "summary", "title", "example", "examples", "links", "tags")
MAPS = ("properties", "schemas", "headers", "responses", "patternProperties")

LONGEST_SHOWN = 40

INPUT, OUTPUT = "input", "output"
FLOORS = ("minLength", "minimum", "exclusiveMinimum", "minItems", "minProperties")
CEILINGS = ("maxLength", "maximum", "exclusiveMaximum", "maxItems", "maxProperties")
UNKNOWN = (
    "not", "if", "then", "else", "patternProperties", "dependentRequired", "dependentSchemas",
    "contains", "prefixItems", "multipleOf", "unevaluatedProperties", "contentMediaType",
)  # fmt: skip
"""Seldom used, so not understood: a difference in one of them is told, whatever it means."""

Json = dict[str, Any]
Changes = Iterator[str]


@dataclass(frozen=True)
class Version:
    """A version as SemVer reads it: what stands behind the third number is left aside."""

    major: int
    minor: int
    patch: int

    @classmethod
    def read(cls, text: str) -> "Version":
        return cls(*(int(part) for part in re.findall(r"\d+", text)[:3]))

    def may_break(self, released: "Version") -> bool:
        """A new major version may; before 1.0 a new minor one."""
        if self.major != released.major:
            return self.major > released.major
        return self.major == 0 and self.minor > released.minor


@dataclass(frozen=True)
class Pair:
    """Both documents, so that references are followed in the one they stand in."""

    old: Json
    new: Json

    def breaks(self) -> Changes:
        """Every removed or narrowed thing in words, with the operation it concerns."""
        for path, item in self.old["paths"].items():
            shared = item.get("parameters", [])
            there = self.new["paths"].get(path, {})
            for method in METHODS:
                if method in item:
                    name = f"{method.upper()} {path}"
                    if method not in there:
                        yield f"{name}: the operation is gone"
                        continue
                    for change in self.operation(
                        {**item[method], "parameters": shared + item[method].get("parameters", [])},
                        {
                            **there[method],
                            "parameters": there.get("parameters", [])
                            + there[method].get("parameters", []),
                        },
                    ):
                        yield f"{name}: {change}"
        yield from self.webhooks()

    def operation(self, old: Json, new: Json) -> Changes:
        if (was := old.get("operationId")) != (now := new.get("operationId")):
            yield f"operationId {was!r} became {now!r}"
        yield from door(old, new)
        yield from self.parameters(old["parameters"], new["parameters"])
        yield from self.body(old.get("requestBody"), new.get("requestBody"))
        yield from self.answers(old["responses"], new["responses"])

    def parameters(self, old: list[Json], new: list[Json]) -> Changes:
        before = {(each["in"], each["name"]): each for each in map(self.of_old, old)}
        after = {(each["in"], each["name"]): each for each in map(self.of_new, new)}
        for (place, name), given in before.items():
            where = f"{place} parameter `{name}`"
            taken = after.get((place, name))
            if taken is None:
                yield f"{where} is gone"
                continue
            if taken.get("required") and not given.get("required"):
                yield f"{where} became required"
            for manner, default in (("style", None), ("explode", None)):
                if given.get(manner, default) != taken.get(manner, default):
                    yield f"{where} is written in another {manner}"
            yield from self.schema(given.get("schema", {}), taken.get("schema", {}), INPUT, where)
        for key, taken in after.items():
            if key not in before and taken.get("required"):
                yield f"new required {key[0]} parameter `{key[1]}`"

    def body(self, old: Json | None, new: Json | None) -> Changes:
        given, taken = self.of_old(old or {}), self.of_new(new or {})
        if old is not None and new is None:
            yield "takes no body any more"
            return
        if taken.get("required") and not given.get("required"):
            yield "the body became required"
        for kind, content in given.get("content", {}).items():
            if kind not in taken.get("content", {}):
                yield f"no longer takes {kind}"
                continue
            there = taken["content"][kind]
            yield from self.schema(
                content.get("schema", {}), there.get("schema", {}), INPUT, f"body ({kind})"
            )

    def answers(self, old: Json, new: Json) -> Changes:
        """Only what succeeds: another problem is a new `code`, which clients expect."""
        before = {status: self.of_old(each) for status, each in old.items() if status[0] in "23"}
        after = {status: self.of_new(each) for status, each in new.items() if status[0] in "23"}
        for status in after.keys() - before.keys():
            if status[0] == "2":
                yield f"may now answer {status}"
        for status, response in before.items():
            if status not in after:
                yield f"no longer answers {status}"
                continue
            for header in response.get("headers", {}).keys() - after[status].get("headers", {}):
                yield f"answer {status}: header {header} is gone"
            shown = after[status].get("content", {})
            if shown and not response.get("content"):
                continue  # an empty answer that now says something
            for kind, content in response.get("content", {}).items():
                if kind not in shown:
                    yield f"answer {status}: no longer {kind}"
                    continue
                was, now = content.get("schema", {}), shown[kind].get("schema", {})
                yield from self.schema(was, now, OUTPUT, f"answer {status}")

    def webhooks(self) -> Changes:
        """What is sent to a receiver is an answer nobody asked for."""
        for name, item in self.old.get("webhooks", {}).items():
            there = self.new.get("webhooks", {}).get(name)
            if there is None:
                yield f"webhook {name}: gone"
                continue
            for method in METHODS:
                if method not in item:
                    continue
                was = self.of_old(item[method].get("requestBody", {})).get("content", {})
                now = self.of_new(there.get(method, {}).get("requestBody", {})).get("content", {})
                for kind, content in was.items():
                    if kind not in now:
                        yield f"webhook {name}: no longer {kind}"
                        continue
                    yield from self.schema(
                        content.get("schema", {}), now[kind].get("schema", {}), OUTPUT,
                        f"webhook {name}",
                    )  # fmt: skip

    def of_old(self, node: Json) -> Json:
        return followed(self.old, node)

    def of_new(self, node: Json) -> Json:
        return followed(self.new, node)

    def schema(
        self, old: Any, new: Any, way: str, where: str, seen: frozenset[str] = frozenset()
    ) -> Changes:
        """What one schema takes (`input`) or shows (`output`) less than it did."""
        key = f"{json.dumps(old, sort_keys=True)} {json.dumps(new, sort_keys=True)}"
        if "$ref" in key:
            if key in seen:
                return
            seen |= {key}
        before, after = choices(self.old, old), choices(self.new, new)
        kept, asked = (before, after) if way == INPUT else (after, before)
        for one in kept:  # each must find its like on the other side
            fitting = [other for other in asked if fits(one, other)]
            if not fitting:
                yield f"{where}: {'no longer takes' if way == INPUT else 'may now be'} {told(one)}"
                continue
            yield from min(
                (
                    list(
                        self.alternative(one, other, way, where, seen)
                        if way == INPUT
                        else self.alternative(other, one, way, where, seen)
                    )
                    for other in fitting
                ),
                key=len,
            )

    def alternative(
        self, old: Json, new: Json, way: str, where: str, seen: frozenset[str]
    ) -> Changes:
        yield from values(old, new, way, where)
        if way == INPUT:
            yield from bounds(old, new, where)
        for word in UNKNOWN:
            if old.get(word) != new.get(word):
                yield f"{where}: `{word}` changed"
        for word, rest in (("items", "each item of"), ("propertyNames", "each name in")):
            if word in old or (word in new and way == INPUT):
                yield from self.schema(
                    old.get(word, {}), new.get(word, {}), way, f"{rest} {where}", seen
                )
        if new.get("type") == "object" or "properties" in old:
            yield from self.members(old, new, way, where, seen)

    def members(self, old: Json, new: Json, way: str, where: str, seen: frozenset[str]) -> Changes:
        was, now = old.get("properties", {}), new.get("properties", {})
        needed, promised = set(new.get("required", [])), set(old.get("required", []))
        for name, member in was.items():
            if name not in now:
                yield f"{where}: `{name}` is gone"
            else:
                yield from self.schema(member, now[name], way, f"{where}, `{name}`", seen)
        if way == INPUT:
            for name in sorted(needed - promised):
                yield f"{where}: `{name}` is now required"
        else:
            for name in sorted((promised - needed) & now.keys()):
                yield f"{where}: `{name}` may now be absent"
        free, still = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if way == INPUT and still is False and free is not False:
            yield f"{where}: unknown members are now refused"
        elif isinstance(free, dict) or (way == INPUT and isinstance(still, dict)):
            was, now = (part if isinstance(part, dict) else {} for part in (free, still))
            yield from self.schema(was, now, way, f"every other member of {where}", seen)


def door(old: Json, new: Json) -> Changes:
    """Who may come in: a token that was enough stays enough."""
    was, now = set(old.get("x-required-scopes", [])), set(new.get("x-required-scopes", []))
    if now - was:
        yield f"asks for the scope {', '.join(sorted(now - was))}"
    before, after = old.get("security", []), new.get("security", [])
    for way in before or [{}]:
        if after and not any(
            known.keys() <= way.keys()
            and all(set(scopes) <= set(way[scheme]) for scheme, scopes in known.items())
            for known in after
        ):
            yield f"no longer lets in {' with '.join(way) or 'a caller without a token'}"


def followed(document: Json, node: Json) -> Json:
    while "$ref" in node:
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = {**found, **{key: value for key, value in node.items() if key != "$ref"}}
    return node


def choices(document: Json, schema: Any) -> list[Json]:
    """A schema as alternatives of one type each; {} takes anything."""
    if isinstance(schema, bool):
        return [{}] if schema else []
    whole = followed(document, schema)
    for part in whole.get("allOf", []):
        inner = followed(document, part)
        whole = {
            **inner,
            **{key: value for key, value in whole.items() if key != "allOf"},
            "properties": {**inner.get("properties", {}), **whole.get("properties", {})},
            "required": sorted({*inner.get("required", []), *whole.get("required", [])}),
        }
    for word in ("anyOf", "oneOf"):
        if word in whole:
            rest = {
                key: value for key, value in whole.items() if key not in (word, "discriminator")
            }
            return [{**rest, **each} for part in whole[word] for each in choices(document, part)]
    if "const" in whole:
        whole = {**whole, "enum": [whole["const"]]}
    kinds = whole.get("type")
    if isinstance(kinds, list):
        return [{**whole, "type": kind} for kind in kinds]
    return [whole]


def fits(one: Json, other: Json) -> bool:
    """Whether two alternatives are of one kind: those of a union are told apart by their tags."""
    mine, yours = one.get("type"), other.get("type")
    if mine != yours and yours is not None and (mine, yours) != ("integer", "number"):
        return False
    for name, member in one.get("properties", {}).items():
        tag, like = member.get("const"), other.get("properties", {}).get(name, {}).get("const")
        if tag is not None and like is not None and tag != like:
            return False
    return True


def told(schema: Json) -> str:
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    return str(schema.get("type", "anything"))


def values(old: Json, new: Json, way: str, where: str) -> Changes:
    was, now = old.get("enum"), new.get("enum")
    if way == INPUT and now is not None:
        if was is None:
            yield f"{where}: takes only {told(new)} now"
        elif gone := [value for value in was if value not in now]:
            yield f"{where}: no longer takes {told({'enum': gone})}"
    if way == OUTPUT and was is not None and now is None:
        yield f"{where}: is no longer one of a list"
    if old.get("format") != new.get("format") and (way == OUTPUT or "format" in new):
        yield f"{where}: format {old.get('format')} became {new.get('format')}"
    if way == INPUT and "default" in old and old["default"] != new.get("default"):
        yield f"{where}: without it, {old['default']!r} was meant; now {new.get('default')!r}"


def bounds(old: Json, new: Json, where: str) -> Changes:
    for word in (*FLOORS, *CEILINGS):
        was, now = old.get(word), new.get(word)
        if now is not None and (was is None or (now > was if word in FLOORS else now < was)):
            yield f"{where}: {word} {'none' if was is None else was} became {now}"
    if "pattern" in new and old.get("pattern") != new["pattern"]:
        yield f"{where}: pattern {short(old.get('pattern'))} became {short(new['pattern'])}"
    if new.get("uniqueItems") and not old.get("uniqueItems"):
        yield f"{where}: items must now differ"


def short(pattern: str | None) -> str:
    text = str(pattern)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"


def compact(node: Any, *, names: bool = False) -> Any:
    """The contract without its prose: what a machine holds on to."""
    if isinstance(node, dict):
        return {
            key: compact(value, names=key in MAPS and not names)
            for key, value in node.items()
            if names or key not in PROSE
        }
    return [compact(each) for each in node] if isinstance(node, list) else node


def kept(contract: Json) -> Json:
    """What `released.json` holds: no prose, no problems, sorted for a readable difference."""
    document: Json = compact(contract)
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation["responses"] = {
                    status: answer
                    for status, answer in operation["responses"].items()
                    if status[0] in "23"
                }
    return document


def written(node: Any, depth: int = 4) -> str:
    """JSON that breaks its lines down to each operation and schema: a difference can be read."""
    if depth == 0 or not isinstance(node, dict) or not node:
        return json.dumps(node, sort_keys=True, ensure_ascii=False)
    rows = (f"{json.dumps(key)}: {written(node[key], depth - 1)}" for key in sorted(node))
    return "{\n" + ",\n".join(rows) + "\n}"


def verdict(released: Json, contract: Json, version: str) -> tuple[int, str]:
    """The exit code and the words: 1 where something breaks that the version does not announce."""
    found = list(dict.fromkeys(Pair(released, kept(contract)).breaks()))
    last = released["info"]["version"]
    if not found:
        return 0, f"Nothing that {last} offered was removed or narrowed."
    lines = "\n".join(f"  {change}" for change in found)
    if Version.read(version).may_break(Version.read(last)):
        return 0, f"Breaking since {last}, as version {version} says:\n{lines}"
    wanted = "a new minor" if Version.read(last).major == 0 else "a new major"
    return 1, (
        f"Breaking since {last}:\n{lines}\n"
        f"Take it back, or let pyproject.toml announce {wanted} version (it says {version})."
    )


def main() -> None:
    contract = json.loads((ROOT / "openapi/openapi.json").read_text(encoding="utf-8"))
    if "--release" in sys.argv:
        RELEASED.write_text(written(kept(contract)) + "\n", encoding="utf-8")
        return
    if not RELEASED.exists():
        print("No contract was released yet, so nothing can break.")  # noqa: T201  a command
        return
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    released = json.loads(RELEASED.read_text(encoding="utf-8"))
    code, words = verdict(released, contract, project["version"])
    print(words)  # noqa: T201  a command
    sys.exit(code)


if __name__ == "__main__":
    main()
