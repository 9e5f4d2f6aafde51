"""The two stores, events and series: their engines, tables and files."""
