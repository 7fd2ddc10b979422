"""The behaviour of customers, one file a subject, as pure functions of numbers.

``expectation``, ``satisfaction``, ``loyalty``, ``purchase``, ``defection``, ``service``,
``programmes``, ``referral``, ``tiers`` and ``value`` hold the equations; ``traits`` says how people
differ, ``records`` what is known of one customer, and ``customer`` lets one life go on by one event.
"""
