"""Run with `python -m hoody_mcp`."""

from .cli import main

main()
