"""What a firm can learn from its own records: tables in, tables out, and no simulator.

The log itself: ``facts`` (one row a customer), ``one_period`` and ``two_periods``, ``cohorts`` (the
lenses of Fader, Hardie & Ross 2022, "The Customer-Base Audit"), ``survival`` (who is gone, and how long
customers stay), ``large_log`` (a summary of a log that does not fit into memory).

Who matters: ``concentration`` (Lorenz, Gini, Pareto, whale curve), ``classes`` (ABC), ``quantiles``,
``rfm_scores`` with ``mailing``, ``grading`` by several criteria, ``pyramid`` and ``value_types``,
``matrices`` (key accounts, marketing modes), ``hits`` (how good a ranking was).

Levels: ``levels`` applies the course's schemes to the same customers, ``agreement`` says how far two
gradings agree, and ``migration`` who moved between two periods.
"""
