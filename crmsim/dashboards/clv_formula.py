"""The CLV calculator's formulas as HTML: with letters, with the numbers put in, and what they come to.

Each formula is a line of marked-up mathematics with a plain form, which a screen reader says, and which
can be typed into a calculator.
"""

from __future__ import annotations

import html
import math

from crmsim.dashboards.clv_state import CLVResult
from crmsim.text import say
from crmsim.value.constant_retention import TIMINGS, timing_of
from crmsim.value.lifetime import gone_before_mean

__all__ = ["formula_html", "lifetime_html", "plain_formula", "review_html", "tidy_number", "timings_html"]

_MINUS, _TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
_BLOCK = "display:inline-block;vertical-align:middle;text-align:center;padding:0 3px"
_LINE = "display:block;border-bottom:1px solid #222;padding:0 4px"
_FORMULA = "margin:6px 0;font-size:1.12em;line-height:1.35;overflow-x:auto"


def tidy_number(value: float, decimals: int = 4) -> str:
    """Write a number with at most so many decimals, none of them needless, and a real minus sign.

    Examples
    --------
    >>> tidy_number(0.8), tidy_number(2.0), tidy_number(-1234.56789)
    ('0.8', '2', '−1,234.5679')
    """
    text = f"{value:,.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text.replace("-", _MINUS)


def plain_formula(result: CLVResult) -> str:
    """Return the formula with the numbers put in, on one line.

    Examples
    --------
    >>> from crmsim.dashboards.clv_state import CLVState
    >>> plain_formula(CLVState(no_end=True, timing="after_renewal").run())
    '100 × 0.8 / (1 + 0.1 − 0.8) − 150'
    """
    s = result.state
    r, d = (tidy_number(rate.value) for rate in (s.retained, s.rate))
    top = {
        "immediate": f"(1 + {d})",
        "end_of_period": "1",
        "before_renewal": f"{r} {_TIMES} (1 + {d})",
        "after_renewal": r,
    }[s.timing]
    tail = "" if s.no_end else f" {_TIMES} (1 {_MINUS} ({r} / (1 + {d}))^{s.payments})"
    cost = f" {_MINUS} {tidy_number(s.acquisition, 2)}" if s.acquisition else ""
    return f"{tidy_number(s.margin, 2)} {_TIMES} {top} / (1 + {d} {_MINUS} {r}){tail}{cost}"


def formula_html(result: CLVResult) -> str:
    """Return the card of the value: the sum, the closed formula, the numbers put in, and the value."""
    s, lang = result.state, result.state.lang
    value, multiple = float(result.clv.value), result.multiple()
    cost = f" {_MINUS} {tidy_number(s.acquisition, 2)}" if s.acquisition else ""
    rows = [
        _formula(f"CLV = {_sum(s.timing, s.no_end)} {_MINUS} AC", say("panel.clv.say_sum", lang)),
        _formula(f"= {_closed(s.timing, s.no_end)} {_MINUS} AC", say("panel.clv.say_closed", lang)),
        _formula(f"= {_filled(result)}", plain_formula(result)),
        _formula(f"= {tidy_number(s.margin, 2)} {_TIMES} {tidy_number(multiple)}{cost}"),
    ]
    horizon = "panel.clv.no_end_said" if s.no_end else "panel.clv.horizon_said"
    note = say(
        "panel.clv.terms",
        lang,
        horizon=say(horizon, lang, payments=s.payments),
        rate=tidy_number(s.discount),
        period=say(f"period.{s.period}", lang),
        timing=say(f"timing.{s.timing}", lang),
    )
    letters = say("panel.clv.letters", lang)
    head = f"<b>{_money(value, s.currency)}</b> {say('component.clv', lang)}"
    return _card(
        f"<div>{head}</div>{''.join(rows)}<div class='crmsim-note'>{html.escape(letters)}</div>"
        f"<div class='crmsim-note'>{html.escape(note)}</div>",
        "#332288",
    )


def lifetime_html(result: CLVResult) -> str:
    """Return the card of the lifetime and of the annuity slip."""
    s, lang = result.state, result.state.lang
    churn, slip = s.retained.churn, result.plug_in
    period = say(f"time.{s.period}", lang)
    kept, life = tidy_number(s.retained.value), tidy_number(result.lifetime, 2)
    gone = f"{100 * float(gone_before_mean(churn)):.0f}"
    expected = float(s.retained.value) ** timing_of(s.timing).renewals * result.lifetime
    words = say(
        "panel.clv.slip",
        lang,
        payments=tidy_number(expected, 2),
        wrong=_money(float(slip.plug_in.value), s.currency),
        right=_money(float(slip.truth.value), s.currency),
        share=f"{100 * float(slip.overstatement):.1f}",
    )
    return _card(
        _formula(f"1 / churn = 1 / (1 {_MINUS} {kept}) = {life} {period}")
        + f"<div>{html.escape(say('panel.clv.gone', lang, share=gone))}</div>"
        + f"<div style='margin-top:6px'>{html.escape(words)}</div>",
        "#B2572E",
    )


def review_html(result: CLVResult) -> str:
    """Return the card of broad and narrow value at the review."""
    s, lang, split = result.state, result.state.lang, result.split
    past, future, broad = (
        tidy_number(float(part.value), 2) for part in (split.historic, split.narrow, split.broad)
    )
    words = say("panel.clv.review_said", lang, age=s.age, period=say(f"time.{s.period}", lang))
    return _card(
        f"<div>{html.escape(words)}</div>"
        + _formula(
            f"{say('panel.clv.broad_is', lang)} = {past} + {future} = {broad} {html.escape(s.currency)}"
        )
        + f"<div>{html.escape(say('panel.clv.narrow_is', lang, value=future, currency=s.currency))}</div>",
        "#0B4F45",
    )


def timings_html(result: CLVResult) -> str:
    """Return the table of the same customer by every timing, and in the other unit of time."""
    s, lang = result.state, result.state.lang
    head = "".join(
        f"<th>{html.escape(say(f'panel.clv.head.{name}', lang))}</th>"
        for name in ("timing", "first", "multiple", "value")
    )
    rows = "".join(_timing_row(result, name) for name in TIMINGS)
    kept, rate, flow, value = result.retold
    told = say(
        "panel.clv.retold",
        lang,
        per=say(f"period.{kept.per}", lang),
        margin=tidy_number(float(flow.amount), 2),
        retention=f"{100 * float(kept.value):.2f}",
        discount=f"{100 * float(rate.value):.2f}",
        currency=s.currency,
    )
    if value is not None:
        told += " " + say("panel.clv.retold_value", lang, value=_money(float(value.value), s.currency))
    return (
        f'<table class="crmsim"><tr>{head}</tr>{rows}</table>'
        f'<div class="crmsim-note">{html.escape(told)}</div>'
    )


def _timing_row(result: CLVResult, name: str) -> str:
    s, lang = result.state, result.state.lang
    first = timing_of(name)
    factor = f"r{_power(first.renewals)}" if first.renewals else "1"
    factor += f" / (1+d){_power(first.periods)}" if first.periods else ""
    cells = [
        html.escape(say(f"timing.{name}", lang)),
        f"m {_TIMES} {factor}" if factor != "1" else "m",
        tidy_number(result.multiple(name)),
        _money(float(result.by_timing[name].value), s.currency),
    ]
    weight = ' style="font-weight:600;background:#f0f0f6"' if name == s.timing else ""
    return f"<tr{weight}>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _power(number: int) -> str:
    return "" if number == 1 else f"<sup>{number}</sup>"


def _sum(timing: str, no_end: bool) -> str:
    """Write the sum over payments: those of the first are numbered 0."""
    first = timing_of(timing)
    start = first.renewals if first.renewals == first.periods else 0
    # Counted so that the exponents are as plain as they can be.
    kept, waited = first.renewals - start, first.periods - start
    last = "∞" if no_end else ("n" if start == 1 else f"n{_MINUS}1")
    top = f"r<sup>k{_plus(kept)}</sup>"
    bottom = f"(1+d)<sup>k{_plus(waited)}</sup>"
    sign = (
        f'<span style="{_BLOCK};line-height:1.05"><small style="display:block">{last}</small>'
        f'<span style="display:block;font-size:1.3em">Σ</span>'
        f'<small style="display:block">k={start}</small></span>'
    )
    return f"{sign} m · {_fraction(top, bottom)}"


def _plus(number: int) -> str:
    return f"+{number}" if number else ""


def _closed(timing: str, no_end: bool) -> str:
    top = {"immediate": "1+d", "end_of_period": "1", "before_renewal": "r (1+d)", "after_renewal": "r"}
    tail = f" · [ 1 {_MINUS} ( {_fraction('r', '1+d')} )<sup>n</sup> ]" if not no_end else ""
    return f"m · {_fraction(top[timing], f'1+d{_MINUS}r')}{tail}"


def _filled(result: CLVResult) -> str:
    s = result.state
    r, d = (tidy_number(rate.value) for rate in (s.retained, s.rate))
    top = {
        "immediate": f"1 + {d}",
        "end_of_period": "1",
        "before_renewal": f"{r} {_TIMES} (1 + {d})",
        "after_renewal": r,
    }[s.timing]
    tail = ""
    if not s.no_end:
        tail = f" {_TIMES} [ 1 {_MINUS} ( {_fraction(r, f'1 + {d}')} )<sup>{s.payments}</sup> ]"
    cost = f" {_MINUS} {tidy_number(s.acquisition, 2)}" if s.acquisition else ""
    main = _fraction(top, f"1 + {d} {_MINUS} {r}")
    return f"{tidy_number(s.margin, 2)} {_TIMES} {main}{tail}{cost}"


def _fraction(top: str, bottom: str) -> str:
    return f'<span style="{_BLOCK}"><span style="{_LINE}">{top}</span><span>{bottom}</span></span>'


def _formula(text: str, spoken: str = "") -> str:
    label = f' role="math" aria-label="{html.escape(spoken)}"' if spoken else ""
    return f'<div style="{_FORMULA}"{label}>{text}</div>'


def _card(inner: str, colour: str) -> str:
    return f'<div class="crmsim-card" style="border-color:{colour}">{inner}</div>'


def _money(value: float, currency: str) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:,.2f}".replace("-", _MINUS) + f" {html.escape(currency)}"
