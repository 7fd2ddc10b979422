"""Screens for notebooks: a plain state that can be tested, and a panel of widgets that draws it.

``timeline_panel.LifePanel`` shows one customer's life, ``comparison_panel.ComparisonPanel`` two
strategies side by side. What they share lies in ``panel.Panel`` and ``panel_state.PanelState``.
"""
