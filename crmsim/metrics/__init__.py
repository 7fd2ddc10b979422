"""What happened, in numbers: pure functions of a ledger.

``clv`` for value, ``satisfaction``, ``loyalty`` for stages, ``retention``, ``tiers``, ``money`` for
revenue and cost, ``desk`` for waiting, and ``outcomes`` for the handful that a comparison shows.
"""
