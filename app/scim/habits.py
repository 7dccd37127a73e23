"""What vendors send where RFC 7644 asks for something else, put right before it is read."""

import json
from typing import Any

from scim2_models import InvalidPathException, InvalidValueException

from app.scim.schemas import EnterpriseUser

MOST_OPERATIONS = 1_000  # ours: of one PATCH; each looks through what the others have left
LONGEST_PATH = 1_000

_EXTENSION = str(EnterpriseUser.__schema__).lower()


def put_right(body: bytes) -> bytes:
    """The same body as RFC 7644 would have it. It is JSON that was read once before.

    A manager sent as a bare string, as Entra ID and Okta do, becomes `{"value": …}`: in a resource,
    in a PATCH with or without a path, in a bulk request. A member `emails[type eq "work"].value` of
    a value without a path becomes an operation with that path.

    Raises InvalidPathException, InvalidValueException for what no vendor sends.
    """
    sent = json.loads(body)
    if not isinstance(sent, dict):
        return body
    return json.dumps(_resource(sent)).encode()


def _resource(sent: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in sent.items():
        key = name.lower()
        if key == "operations" and isinstance(value, list):
            if len(value) > MOST_OPERATIONS:
                raise InvalidValueException(detail=f"At most {MOST_OPERATIONS} operations.")
            found[name] = [right for each in value for right in _operations(each)]
        elif key == _EXTENSION and isinstance(value, dict):
            found[name] = {part: _manager(part, inner) for part, inner in value.items()}
        else:
            found[name] = value
    return found


def _operations(sent: Any) -> list[Any]:
    """An operation, and one more for each member of its value that is a path with a filter."""
    if not isinstance(sent, dict):
        return [sent]
    right = _operation(sent)
    names = {name.lower(): name for name in right}
    value = right.get(names.get("value", ""))
    if "path" in names or not isinstance(value, dict):
        return [right]
    apart = {name: inner for name, inner in value.items() if "[" in name}
    if not apart:
        return [right]
    rest = {name: inner for name, inner in value.items() if name not in apart}
    steps = [
        _operation({names["op"]: right[names["op"]], "path": path, "value": inner})
        for path, inner in apart.items()
        if "op" in names
    ]
    return [{**right, names["value"]: rest}, *steps] if rest else steps


def _operation(sent: dict[str, Any]) -> dict[str, Any]:
    """One operation of a PATCH, or of a bulk request, whose data may be either of both."""
    names = {name.lower(): name for name in sent}
    if isinstance(data := sent.get(names.get("data", "")), dict):
        return {**sent, names["data"]: _resource(data)}
    path, value = sent.get(names.get("path", "")), sent.get(names.get("value", ""))
    if isinstance(path, str) and len(path) > LONGEST_PATH:
        raise InvalidPathException(detail=f"A path has at most {LONGEST_PATH} characters.")
    if isinstance(path, str) and _is_manager(path):
        right = _manager("manager", value)
        if right is None and str(sent.get(names.get("op", ""))).lower() != "remove":
            return {names["op"]: "remove", names["path"]: path} if "op" in names else sent
        return {**sent, names["value"]: right} if right is not None else sent
    if isinstance(value, dict):
        return {**sent, names["value"]: _pathless(value)}
    return sent


def _pathless(value: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _manager("manager", inner) if _is_manager(name) else inner
        for name, inner in _resource(value).items()
    }


def _is_manager(path: str) -> bool:
    return path.lower() in ("manager", f"{_EXTENSION}:manager", f"{_EXTENSION}.manager")


def _manager(name: str, value: Any) -> Any:
    if name.lower() != "manager":
        return value
    if isinstance(value, dict) and not value.get("value", True):
        return None
    if isinstance(value, str):
        return {"value": value} if value else None
    return value
