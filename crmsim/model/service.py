"""Problems, complaints, waiting and recovery.

A cold dish is one thing; who answers, how soon and how well is another, and expectations of that
rise too (Smith, Bolton & Wagner 1999; Maxham & Netemeyer 2002; de Matos, Henrique & Rossi 2007).
"""

from __future__ import annotations

from crmsim.compiling import formula

__all__ = [
    "complaint_probability",
    "handover_days",
    "mean_handling_days",
    "recovery_quality",
    "recovery_signal",
    "severity",
    "waiting_signal",
]


@formula
def severity(u, sev_min, sev_range, attribution, repeated):
    """Return how bad a problem is (same scale as quality); minor ones are the most frequent.

    Parameters
    ----------
    u : float
        Uniform number.
    sev_min, sev_range : float
        Mildest problem, and the distance to the worst.
    attribution : float
        How much worse a problem feels when there was another within a year.
    repeated : bool or int

    Examples
    --------
    >>> severity(0.0, 0.1, 0.5, 0.5, False), round(severity(1.0, 0.1, 0.5, 0.5, True), 4)
    (0.1, 0.9)
    """
    return (sev_min + sev_range * u * u) * (1.0 + (attribution if repeated else 0.0))


@formula
def complaint_probability(trait, boost):
    """Return the probability of complaining after a problem; the firm may encourage it.

    Examples
    --------
    >>> complaint_probability(0.8, 0.4)
    1.0
    """
    return min(1.0, trait + boost)


@formula
def mean_handling_days(desk_load, desk_agents, customers, contacts_per_year):
    """Return the mean handling time, in days, that makes the desk as busy as `desk_load` says.

    Parameters
    ----------
    desk_load : float
        Utilisation when all initial customers are active.
    desk_agents, customers : int
    contacts_per_year : float
        Contacts per active customer and year.

    Examples
    --------
    >>> round(mean_handling_days(0.85, 3, 5000, 1.4), 4)
    0.133
    """
    return desk_load * desk_agents * 365.0 / (customers * contacts_per_year)


@formula
def waiting_signal(waited, expected, wait_weight, loss_aversion):
    """Return the satisfaction signal of a wait.

    Parameters
    ----------
    waited, expected : float
        In days; beyond four days too long, nothing gets worse.
    wait_weight : float
        Signal per day.
    loss_aversion : float

    Examples
    --------
    >>> round(waiting_signal(1.25, 0.25, 0.08, 2.0), 4)
    -0.16
    """
    better = max(expected - waited, -4.0)
    return wait_weight * better if better > 0.0 else wait_weight * loss_aversion * better


@formula
def recovery_quality(rec_base, boost, rec_wait, waited, noise):
    """Return the quality of a recovery, 0 to 1.

    Parameters
    ----------
    rec_base, boost : float
        The firm's ordinary quality, and what a strategy adds.
    rec_wait : float
        Loss per day of waiting.
    waited : float
        Days.
    noise : float
        Standard normal; its standard deviation here is 0.1.

    Examples
    --------
    >>> round(recovery_quality(0.45, 0.35, 0.25, 0.2, 0.0), 4)
    0.75
    """
    return min(max(rec_base + boost - rec_wait * waited + 0.1 * noise, 0.0), 1.0)


@formula
def recovery_signal(quality, expected, severity, worst, repeated, rec_weight, loss_aversion):
    """Return the satisfaction signal of a recovery, beyond the undoing of the damage.

    Parameters
    ----------
    quality, expected : float
        Of the recovery, 0 to 1.
    severity : float
        Of the problem.
    worst : float
        Severity of the worst first problem; a serious failure asks for more.
    repeated : bool or int
        Another problem within a year: apologies wear out.
    rec_weight, loss_aversion : float

    Examples
    --------
    >>> round(recovery_signal(0.8, 0.45, 0.1, 0.6, False, 0.6, 2.0), 4)
    0.21
    """
    gap = quality - expected - 0.5 * max(severity / worst - 0.3, 0.0) - (0.15 if repeated else 0.0)
    return rec_weight * gap * (1.0 if gap >= 0.0 else loss_aversion)


@formula
def handover_days(wants, handled, handover, integration, integrated):
    """Return the delay of a contact that is handled on the other channel than the customer prefers.

    Who began in the app and has to tell it all again on the phone has waited longer than the clock
    says, unless the channels share what they know (Verhoef, Kannan & Inman 2015).

    Parameters
    ----------
    wants, handled : int
        1 = the digital channel, 0 = the phone.
    handover : float
        Days; 0 = off.
    integration, integrated : float
        Shares of it saved by the scenario's joined channels, and by what a strategy adds; 0 to 1.

    Examples
    --------
    >>> handover_days(1, 1, 0.5, 0.0, 0.0), handover_days(1, 0, 0.5, 0.5, 0.0)
    (0.0, 0.25)
    """
    if wants == handled:
        return 0.0
    return handover * (1.0 - integration) * (1.0 - integrated)
