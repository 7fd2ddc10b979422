"""The behaviour of customers, one file a subject, as pure functions of numbers.

``expectation``, ``satisfaction``, ``servqual``, ``loyalty``, ``purchase``, ``defection``, ``service``,
``programmes``, ``referral``, ``survey``, ``tiers`` and ``value`` hold the equations (and ``prospects``,
``fairness``, ``ties``, ``partnership``, ``customising`` those that presets leave off); ``traits`` says how
people differ, ``records`` what is known of one customer, ``experience`` is one purchase or paid period,
``contact`` and ``recovery`` a call to the desk, and ``customer`` lets one life go on by one event.
"""
