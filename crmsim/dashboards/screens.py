"""The list of all screens, for who shows them side by side: the classroom app and the gallery."""

from __future__ import annotations

from crmsim.dashboards.panel import Panel

__all__ = ["screens"]


def screens() -> dict[str, type[Panel]]:
    """Return the panels of all screens by the names of the screens, in the order of the course.

    What a screen is called and what it shows stands in the catalogue, under ``screen.NAME.title`` and
    ``screen.NAME.about``.

    Examples
    --------
    >>> list(screens())[0]
    'life'
    """
    from crmsim.dashboards.churn_panel import ChurnPanel
    from crmsim.dashboards.clv_panel import CLVPanel
    from crmsim.dashboards.comparison_panel import ComparisonPanel
    from crmsim.dashboards.desk_panel import DeskPanel
    from crmsim.dashboards.grading_panel import GradingPanel
    from crmsim.dashboards.loyalty_panel import LoyaltyPanel
    from crmsim.dashboards.own_log_panel import OwnLogPanel
    from crmsim.dashboards.river_panel import RiverPanel
    from crmsim.dashboards.satisfaction_panel import SatisfactionPanel
    from crmsim.dashboards.strategy_lab_panel import StrategyLabPanel
    from crmsim.dashboards.targeting_panel import TargetingPanel
    from crmsim.dashboards.tier_flow_panel import TierFlowPanel
    from crmsim.dashboards.timeline_panel import LifePanel

    panels: tuple[type[Panel], ...] = (
        LifePanel,
        RiverPanel,
        SatisfactionPanel,
        LoyaltyPanel,
        CLVPanel,
        GradingPanel,
        TierFlowPanel,
        ComparisonPanel,
        DeskPanel,
        TargetingPanel,
        ChurnPanel,
        OwnLogPanel,
        StrategyLabPanel,
    )
    return {panel.State.screen: panel for panel in panels}
