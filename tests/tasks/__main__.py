"""Write the table of docs/tasks.md."""

from __future__ import annotations

import logging
import os

from .document import FILE, written

if __name__ == "__main__":
    logging.disable()  # the SDK's client remarks on tools that are called without being listed
    for name in [name for name in os.environ if name.startswith("HOODY_")]:
        del os.environ[name]
    FILE.write_text(written(FILE.read_text(encoding="utf-8")), encoding="utf-8")
