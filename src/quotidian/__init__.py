"""Quotidian: a self-hosted engagement-analytics server that speaks the Braze Export API."""

__version__ = "0.1.0"
