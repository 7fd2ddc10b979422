"""What happened, in numbers: pure functions of a ledger.

``clv`` for value, ``satisfaction``, ``loyalty`` for stages, ``retention``, ``tiers``, ``money`` for
revenue and cost, ``desk`` for waiting, and ``outcomes`` for the handful that a comparison shows.

The course's views of the same: ``labels`` in every label scheme, ``typologies`` of loyalty (with
``observed``: what a firm can see), ``satisfaction_formulas``, ``surveys`` and ``service_quality``,
``profitability`` for both sides of the exchange, ``stage_value`` along the life of a relationship, and
``retention_decision`` for the four steps.

Who matters most: ``review`` (marked against what came after; on any firm's numbers: `crmsim.audit`)
and ``regression_tree``.
"""
