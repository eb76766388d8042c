"""The files service: a container's disk."""
