"""Compares the rows of an experiment: pure functions of counts and sums, by the definitions of semantics.md §11.

scipy is imported by the functions that need it, when they run: no process has it that is asked for no experiment.
"""
