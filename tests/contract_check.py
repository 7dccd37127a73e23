"""Holds every answer a test sees against the contract: status, content type, headers, body."""

import re
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx
from jsonschema_rs import Draft202012, Draft202012Validator, Registry

from app.blueprints.reading import read_yaml
from tests.recorder import Recorder

ROOT = "urn:contract"


def told_in(kind: str, response: httpx.Response) -> Any:
    """The values of an answer."""
    if kind == "text/event-stream":
        return response.text
    return response.json() if kind.endswith("json") else read_yaml(response.content).value


class ContractCheck:
    def __init__(self, document: dict[str, Any], recorder: Recorder | None = None) -> None:
        self.document = document
        self.recorder = recorder
        self.registry = Registry([(ROOT, document)], draft=Draft202012)
        self.paths = [
            (re.compile("^" + re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(path)) + "$"), path)
            for path in sorted(document["paths"], key=lambda path: path.count("{"))
        ]
        self.seen: set[tuple[str, str, int]] = set()
        self.validator = cache(self._validator)

    def hold(self, request: httpx.Request, response: httpx.Response) -> None:
        asked = request.url.raw_path.partition(b"?")[0].decode()  # a slash in a value is no step
        path = next((p for pattern, p in self.paths if pattern.match(asked)), None)
        method = "get" if request.method == "HEAD" else request.method.lower()
        operation = self.document["paths"].get(path or "", {}).get(method)
        if operation is None:
            assert response.status_code in (404, 405, 204), (
                f"{request.method} {request.url} is not in the contract"
            )
            return
        where = f"{request.method} {path} → {response.status_code}"
        self.seen.add((path, method, response.status_code))
        status = str(response.status_code)
        if status == "304":
            return
        declared = operation["responses"].get(status)
        assert declared is not None, f"{where} is not declared: {response.text[:500]}"
        if "$ref" in declared:
            declared = self._resolve(declared["$ref"])
        if not response.content or request.method == "HEAD":
            return
        kind = response.headers["content-type"].partition(";")[0]
        assert kind in declared.get("content", {}), f"{where} bears undeclared {kind}"
        schema = declared["content"][kind].get("schema", {})
        body = told_in(kind, response)
        errors = self.errors(path, method, status, kind, body)
        assert not errors, f"{where} breaks its schema {schema}: {errors[:3]}"
        if self.recorder is not None and response.is_success:
            self.recorder.offer(operation["operationId"], status, body)

    def errors(self, path: str, method: str, status: str, kind: str, body: Any) -> list[str]:
        """What the schema of an answer objects to in a body."""
        validator = self.validator(self._pointer(path, method, status, kind))
        return [f"{each.instance_path}: {each.message}" for each in validator.iter_errors(body)]

    def examples(self) -> dict[str, list[str]]:
        """The operations that show an answer, and what its schema objects to in it by now."""
        found: dict[str, list[str]] = {}
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                for status, response in operation["responses"].items():
                    for kind, content in response.get("content", {}).items():
                        if "example" in content:
                            wrong = self.errors(path, method, status, kind, content["example"])
                            found.setdefault(operation["operationId"], []).extend(wrong)
        return found

    def _resolve(self, reference: str) -> dict[str, Any]:
        found: Any = self.document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return found

    def _pointer(self, path: str, method: str, status: str, kind: str) -> str:
        declared = self.document["paths"][path][method]["responses"][status]
        escaped = lambda text: text.replace("~", "~0").replace("/", "~1")  # noqa: E731
        if "$ref" in declared:
            return f"{declared['$ref']}/content/{escaped(kind)}/schema"
        return f"#/paths/{escaped(path)}/{method}/responses/{status}/content/{escaped(kind)}/schema"

    def _validator(self, pointer: str) -> Draft202012Validator:
        """Compiled: every answer of every test is held against it."""
        return Draft202012Validator(
            {"$ref": f"{ROOT}{quote(pointer, safe='#/~')}"},
            registry=self.registry,
            validate_formats=True,
            offline=True,
        )
