"""Runs every generator of clients over the contract, and compiles or imports what each writes.

`make check-generators`. The first argument is the interpreter of the generators' environment.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "openapi/openapi.json"
NODE_TOOLS = Path(__file__).parent / "node_modules/.bin"
IMPORT_ALL = """
import importlib, pkgutil, sys
root = importlib.import_module(sys.argv[1])
for found in pkgutil.walk_packages(root.__path__, f"{root.__name__}."):
    importlib.import_module(found.name)
"""
COMPILE = [
    str(NODE_TOOLS / "tsc"), "--strict", "--noEmit", "--skipLibCheck", "--target", "ES2022",
    "--lib", "ES2022,DOM,DOM.Iterable", "--module", "ESNext", "--moduleResolution", "bundler",
]  # fmt: skip


@dataclass(frozen=True)
class Generator:
    """How one is run in an empty folder, and where its code then lies."""

    name: str
    command: tuple[str, ...]
    code: str
    """A TypeScript file that leads to all others, or a Python package."""


def generators(python: Path, scratch: Path) -> list[Generator]:
    tools, contract = python.parent, str(CONTRACT)
    # openapi-generator 7.26 writes webhooks, which a client never calls, as broken operations
    called = scratch / "called.json"
    document = json.loads(CONTRACT.read_text(encoding="utf-8"))
    called.write_text(json.dumps({**document, "webhooks": {}}), encoding="utf-8")
    return [
        Generator(
            "openapi-generator, python",
            (str(tools / "openapi-generator-cli"), "generate", "-g", "python",
             "-i", str(called), "-o", "."),
            "openapi_client",
        ),
        Generator(
            "openapi-python-client",
            (str(tools / "openapi-python-client"), "generate", "--path", contract, "--meta", "none",
             "--output-path", "told", "--fail-on-warning"),
            "told",
        ),
        Generator(
            "hey-api",
            (str(NODE_TOOLS / "openapi-ts"), "-i", contract, "-o", ".",
             "-c", "@hey-api/client-fetch", "--no-log-file"),
            "index.ts",
        ),
        Generator(
            "orval",
            (str(NODE_TOOLS / "orval"), "--input", contract, "--output", "./index.ts",
             "--client", "fetch"),
            "index.ts",
        ),
        Generator(
            "openapi-typescript",
            (str(NODE_TOOLS / "openapi-typescript"), contract, "-o", "index.ts"),
            "index.ts",
        ),
    ]  # fmt: skip


def run(command: tuple[str, ...], folder: Path, tools: Path) -> str:
    """What went wrong, or nothing."""
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603  the tools of our own lock files
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return "" if done.returncode == 0 else (done.stdout + done.stderr)[-3000:]


def check(generator: Generator, python: Path, folder: Path) -> tuple[str, str]:
    """The seconds it took, and what went wrong."""
    started = time.monotonic()
    folder.mkdir()
    wrong = run(generator.command, folder, python.parent)
    if not wrong:
        read = (
            (*COMPILE, generator.code)
            if generator.code.endswith(".ts")
            else (str(python), "-c", IMPORT_ALL, generator.code)
        )
        wrong = run(read, folder, python.parent)
    return f"{time.monotonic() - started:.0f} s", wrong


def main() -> None:
    python = Path(sys.argv[1]).absolute()
    failed = False
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(2) as at_work:
        found = {
            each.name: at_work.submit(check, each, python, Path(scratch) / str(number))
            for number, each in enumerate(generators(python, Path(scratch)))
        }
        for name, outcome in found.items():
            seconds, wrong = outcome.result()
            print(f"{name:<36} {seconds:>5}  {'FAILED' if wrong else 'accepted, and builds'}")  # noqa: T201
            if wrong:
                print(wrong)  # noqa: T201  a command
                failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
