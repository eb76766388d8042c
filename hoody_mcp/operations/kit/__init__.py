"""The services inside every container."""
