"""Exercises: a bank of questions, calculations that differ for each student, and claims that can be run.

The questions themselves lie in the project's folder ``exercises/bank/`` as YAML; here is what they are
made of (``question``), how they are read (``bank``), and the list of the course's entries (``entries``).
"""
