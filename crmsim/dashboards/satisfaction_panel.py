"""The screen of satisfaction: expectation, performance, a step that is taken for granted, and surveys."""

from __future__ import annotations

import html
import math
from typing import ClassVar

import ipywidgets as W

from crmsim.dashboards.panel import APART, Panel
from crmsim.dashboards.satisfaction_picture import PICTURE_SIZE, kept_pictures
from crmsim.dashboards.satisfaction_state import EARLY, END, SatisfactionResult, SatisfactionState
from crmsim.dashboards.tables import noted_table, signed_points
from crmsim.metrics.satisfaction_path import PURCHASE_CLASSES
from crmsim.text import say

__all__ = ["SatisfactionPanel"]

_MINUS = "\N{MINUS SIGN}"


class SatisfactionPanel(Panel):
    """Satisfaction as b / a or b - a over six years, with a step of quality or programmes in the third.

    Parameters
    ----------
    state : SatisfactionState, optional
        The choices to begin with.

    Examples
    --------
    >>> panel = SatisfactionPanel(SatisfactionState(customers=100, replications=2))
    >>> panel.controls["quality"].value = 0.2
    >>> panel.result.state.quality
    0.2
    """

    State = SatisfactionState
    widths: ClassVar = {
        "preset": "440px",
        "form": "440px",
        "withdrawn": "440px",
        "quality": "440px",
        "programmes": "440px",
        "expectations": "440px",
        "customers": "440px",
        "replications": "440px",
        "seed": "240px",
    }
    text_names: ClassVar = {"lifts": "auto", "table": "auto"}
    size = PICTURE_SIZE

    def __init__(self, state: SatisfactionState | None = None):
        self._pictures = kept_pictures()
        super().__init__(state)

    def arranged(self) -> list[W.Widget]:
        c, texts = self.controls, self.texts
        world = W.VBox([c["preset"], c["form"], c["withdrawn"], self.luck()])
        step = W.VBox([c["quality"], c["programmes"], c["expectations"], c["customers"], c["replications"]])
        rows = W.HBox([world, step], layout=APART)
        return [rows, self.status, self.error, self.image, texts["lifts"], texts["table"]]

    def png(self, result: SatisfactionResult) -> bytes:
        return self._pictures.png(result)

    def html_texts(self, result: SatisfactionResult) -> dict[str, str]:
        return {"lifts": _lifts_html(result), "table": _table_html(result)}


def _lifts_html(result: SatisfactionResult) -> str:
    """Return what the step lifted after a year and at the end, and what the last survey heard."""
    lang, bias = result.state.lang, result.bias
    form = say(f"panel.satisfaction.short.{result.state.form}", lang)
    sentences = []
    for key, day in (("panel.satisfaction.lift_early", EARLY), ("panel.satisfaction.lift_end", END)):
        lift = result.lift(day)
        interval = (
            say("panel.satisfaction.interval", lang, low=_signed(lift.low), high=_signed(lift.high))
            if math.isfinite(lift.low)
            else say("panel.satisfaction.no_interval", lang)
        )
        sentences.append(say(key, lang, form=form, lift=_signed(lift.mean), interval=interval))
    if bias["answered"]:
        misheard = result.misheard
        sentences.append(
            say(
                "panel.satisfaction.survey",
                lang,
                rate=f"{100 * bias['response_rate']:.0f}",
                answers=f"{100 * bias['answers']:.0f}",
                truth=f"{100 * bias['truth']:.0f}",
                gap=signed_points(misheard.mean),
                low=signed_points(misheard.low),
                high=signed_points(misheard.high),
                silence=signed_points(bias["non_response_bias"]),
                error=signed_points(bias["survey_error"]),
            )
        )
    return "".join(f"<div>{html.escape(sentence)}</div>" for sentence in sentences)


def _table_html(result: SatisfactionResult) -> str:
    """Return a, b, b - a and c = b / a by the purchases made so far."""
    lang, table = result.state.lang, result.by_purchases
    heads = [
        say("panel.satisfaction.purchases", lang),
        say("panel.satisfaction.looks", lang),
        say("panel.satisfaction.expected_plain", lang),
        say("plot.satisfaction.expected", lang),
        say("plot.satisfaction.perceived", lang),
        say("panel.satisfaction.short.difference", lang),
        say("panel.satisfaction.short.ratio", lang),
    ]
    rows = []
    for place, (_, row) in enumerate(table.iterrows()):
        if row["looks"]:
            levels = [
                "–" if math.isnan(row[name]) else f"{row[name]:.3f}"
                for name in ("expected_plain", "expected", "perceived")
            ]
            forms = [_signed(row["difference"]), f"{row['ratio']:.3f}"]
            rows.append([_class_name(place), f"{row['looks']:.0f}", *levels, *forms])
    return noted_table(heads, rows, say("panel.satisfaction.note", lang, n=result.done))


def _class_name(place: int) -> str:
    first = PURCHASE_CLASSES[place]
    last = place == len(PURCHASE_CLASSES) - 1
    return f"{first}+" if last else f"{first}–{PURCHASE_CLASSES[place + 1] - 1}"


def _signed(value: float) -> str:
    return f"{value:+.3f}".replace("-", _MINUS)
