"""hoody-mcp: the Hoody platform as tools for language models."""

from importlib.metadata import version

__version__ = version("hoody-mcp")
