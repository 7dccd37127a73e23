"""Takes the TypeScript out of docs/integrating.md, so that it is compiled and run."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "tests/consumers/typescript/integrating.gen.mts"


def main() -> None:
    told = (ROOT / "docs/integrating.md").read_text(encoding="utf-8")
    found = re.findall(r"^```ts\n(.*?)^```$", told, re.MULTILINE | re.DOTALL)
    TARGET.write_text("\n".join(found), encoding="utf-8")


if __name__ == "__main__":
    main()
