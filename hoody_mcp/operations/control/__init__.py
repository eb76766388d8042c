"""The Hoody API: account, projects, containers."""
