"""Segments: how large they were, and what their members did."""
