"""Canvases: from events to facts to points."""
