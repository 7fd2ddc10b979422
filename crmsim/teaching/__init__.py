"""What teaching adds to the screens: notebooks and labs in two languages from one source, and predictions.

A source is a Python file with cells (jupytext's percent format): ``notebook_source`` reads it and holds it
to the rules, ``lab_source`` knows about tasks and their checks, ``build`` writes the files that a reader
opens. ``prediction`` asks the reader what will happen before a run shows it.
"""
