"""The generated parts of README.md; `make readme` writes them."""

from __future__ import annotations

import re
from pathlib import Path

from hoody_mcp.catalog import Catalog
from hoody_mcp.cli import counts
from hoody_mcp.everyday import EVERYDAY
from hoody_mcp.settings import Settings

FILE = Path(__file__).parent.parent / "README.md"


def generated() -> dict[str, str]:
    """What stands between the markers, by their name."""
    return {"counts": counts(Catalog.load()), "everyday": everyday_table(), "settings": settings_table()}


def everyday_table() -> str:
    rows = [f"| `{name}` | {why} |" for name, why in EVERYDAY.items()]
    return "\n".join(["| tool | why |", "|---|---|", *rows])


def settings_table() -> str:
    rows = [f"| `HOODY_{name.upper()}` | {_default(info.default)} | {info.description} |" for name, info in Settings.model_fields.items()]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows])


def written(text: str) -> str:
    """Bring the generated parts of a text up to date."""
    for name, part in generated().items():
        text = re.sub(
            f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", lambda found, part=part: f"{found[1]}{part}\n{found[2]}", text, flags=re.DOTALL
        )
    return text


def _default(value: object) -> str:
    return "" if value in (None, ()) else f"`{str(value).lower()}`"


if __name__ == "__main__":
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
