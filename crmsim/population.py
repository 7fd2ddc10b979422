"""The people of one replication: who they are, before anything happens to them.

The same seed and replication always give the same people, whatever strategy they will meet; adding
a person changes nobody else.
"""

from __future__ import annotations

import numpy as np

from crmsim.compiling import compiled
from crmsim.luck import Purpose, customer_keys, uniform
from crmsim.model.customer import begin
from crmsim.model.records import CUSTOMER, DAY
from crmsim.model.traits import draw_traits
from crmsim.scenario import Scenario, parameter_record

__all__ = ["draw_population"]


def draw_population(scenario: Scenario, seed: int, replication: int) -> np.ndarray:
    """Draw the initial customers of one replication.

    Parameters
    ----------
    scenario : Scenario
    seed, replication : int
        0 or more.

    Returns
    -------
    array of ``records.CUSTOMER``, shape (customers,)
        With keys, traits and initial state; entry times are spread evenly over ``entry_days``.

    Examples
    --------
    >>> from crmsim.scenario import preset
    >>> people = draw_population(preset("retail").with_values(customers=3), seed=1, replication=0)
    >>> more = draw_population(preset("retail").with_values(customers=4), seed=1, replication=0)
    >>> bool((people["mean_spend"] == more["mean_spend"][:3]).all())
    True
    """
    count = scenario.population.customers
    people = np.zeros(count, CUSTOMER)
    people["number"] = np.arange(count)
    people["parent"] = -1
    keys = np.empty(count, np.uint64)
    customer_keys(seed, replication, np.arange(count), keys)
    people["key"] = keys
    parameters = parameter_record(scenario)
    draw_traits(people, parameters)
    _arrive(people, parameters)
    return people


@compiled
def _arrive(people, parameters):
    for i in range(people.shape[0]):
        c = people[i]
        begin(c, parameters[0], 1 + int(uniform(c.key, Purpose.ENTRY, 0) * parameters[0].entry_days * DAY))
