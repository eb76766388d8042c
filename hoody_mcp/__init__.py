"""hoody-mcp: the Hoody platform as tools for language models."""

__version__ = "0.1.0"
