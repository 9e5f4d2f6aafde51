"""The control plane: workspaces, keys, what was loaded, what is out of date, what could not be used."""
