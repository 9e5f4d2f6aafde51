"""The HTTP API: a table of endpoints, and what every request passes through."""
