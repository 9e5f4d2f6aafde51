"""The series store: what is served, and the control plane (workspaces, keys, catalogue, dirty days)."""
