"""Pictures: functions that take data and axes, draw, and return the axes.

``timeline`` shows one customer's life, ``comparison`` strategies side by side, ``tracking`` a model
against what happened, ``views`` the course's schemes, types and surveys, and ``style`` the colours
and figures they all use.
"""
