"""The checks of the labs in ``exercises/labs``, one module a lab: the situation, and the truth of each task.

A truth is worked out when it is asked for, from the student's own number or another; none is written down.
A check takes what the notebook has defined (``globals()``), the language, and for hidden tests a seed.
"""
