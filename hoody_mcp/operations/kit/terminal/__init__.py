"""The terminal service: commands and shells in a container."""
