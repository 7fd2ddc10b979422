"""Predict, then see: the reader says what will happen before a run shows it.

Two widgets: the question with its lock, and, further down, the statement beside the result. The result
stays covered until something was stated, or the reader chose to look without.
"""

from __future__ import annotations

import html
from collections.abc import Callable

import ipywidgets as W

from crmsim.dashboards.controls import paragraph, problem
from crmsim.dashboards.look import STYLE
from crmsim.errors import CrmsimError, InputError
from crmsim.teaching.prediction_record import PredictionRecord, Stated, stated_now
from crmsim.teaching.statements import Choice, Number, Range, Sentence, Statement, UnclearStatement
from crmsim.text import LANGUAGES, say
from crmsim.text.problems import said

__all__ = ["Choice", "Number", "Prediction", "Range", "Revelation", "Sentence"]

#: As wide as its words; a column would stretch it.
_BUTTON = {"width": "auto", "align_self": "flex-start"}
_CARDS = """<style>
.crmsim-said {display: flex; flex-wrap: wrap; gap: 12px; color: #222; line-height: 1.45;}
.crmsim-said > div {flex: 1 1 260px; border-top: 4px solid #0072b2; background: #fafafa;
  padding: 6px 10px 8px;}
.crmsim-said > div + div {border-color: #d55e00;}
</style>"""


class Prediction(W.VBox):
    """A question to be answered before the run.

    Parameters
    ----------
    key : str
        Its words are ``predict.KEY`` in the catalogue, and ``predict.KEY.OPTION`` for each answer of a
        :class:`crmsim.teaching.statements.Choice`. Unique in all notebooks.
    lang : {"en", "zh"}
    statement : Choice, Number, Range or Sentence
        What can be answered.
    record : PredictionRecord, optional
        Where statements are kept; the default is a file beside the notebook.

    Attributes
    ----------
    stated : Stated or None
        What the reader has locked in; never changes once it is there.
    answer : widget
        The control, or for a range the box of both.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.TemporaryDirectory()
    >>> record = PredictionRecord(folder.name + "/predictions.json")
    >>> asked = Prediction("life_ending", "en", Choice("price", "quality"), record)
    >>> result = asked.reveal("Most drift away.", "natural")
    >>> "drift" in result.card.value
    False
    >>> asked.answer.value = "price"
    >>> asked.lock.click()
    >>> asked.stated.value, "drift" in result.card.value
    ('price', True)
    >>> folder.cleanup()
    """

    def __init__(self, key: str, lang: str, statement: Statement, record: PredictionRecord | None = None):
        if lang not in LANGUAGES:
            raise InputError("lang", f"must be one of {', '.join(LANGUAGES)}", lang)
        self.key, self.lang, self.statement = key, lang, statement
        self.record = record or PredictionRecord()
        self.stated: Stated | None = None
        self._waiting: list[Callable[[], None]] = []
        self.question = W.HTML(f"<b>{html.escape(say(f'predict.{key}', lang))}</b>")
        self.answer = _control(key, lang, statement)
        self.lock = W.Button(description=say("prediction.lock", lang), layout=_BUTTON)
        self.lock.on_click(lambda _: self._lock())
        self.note, self.error = W.HTML(), W.HTML()
        super().__init__(
            [W.HTML(STYLE), self.question, self.answer, self.lock, self.note, self.error],
            layout={"max_width": "1000px"},
        )
        self.add_class("crmsim-panel")
        self.add_class("crmsim-prediction")
        self._look_up()

    def reveal(self, result: str, truth: object = None) -> Revelation:
        """Return the widget that shows the statement beside the result, as soon as there is one.

        Parameters
        ----------
        result : str
            What came out, in a sentence in the reader's language.
        truth : object, optional
            The same as a value of the statement's kind (for a range, a number): adds a sentence on how
            close the statement was.
        """
        return Revelation(self, result, truth)

    def when_stated(self, do: Callable[[], None]) -> None:
        """Call something once the statement is locked in."""
        self._waiting.append(do)

    def _look_up(self) -> None:
        """Take up an earlier statement; one that does not fit the question any more counts as none."""
        try:
            found = self.record.find(self.key)
            if found is not None:
                self._close(Stated(self.statement.read(found.value), found.when))
        except UnclearStatement:
            pass
        except CrmsimError as error:
            self.error.value = paragraph(problem(error, self.lang), "error")

    def _lock(self) -> None:
        try:
            value = self.statement.read(_given(self.answer))
        except UnclearStatement as error:
            self.error.value = paragraph(say(error.key, self.lang, **error.blanks), "error")
            return
        self.error.value = ""
        try:
            self._close(self.record.keep(self.key, value))
        except CrmsimError as error:
            # A statement that cannot be kept on disk counts as long as the notebook runs.
            self._close(stated_now(value))
            why = said(error, self.lang)
            self.error.value = paragraph(say("prediction.not_kept", self.lang, problem=why), "error")

    def _close(self, stated: Stated) -> None:
        self.stated = stated
        words = self.statement.words(stated.value, self.key, self.lang)
        self.note.value = paragraph(say("prediction.locked", self.lang, words=words, when=stated.minute))
        for widget in (self.answer, self.lock):
            widget.layout.display = "none"
        for do in self._waiting:
            do()


class Revelation(W.VBox):
    """What was predicted beside what came out; made by :meth:`Prediction.reveal`.

    Attributes
    ----------
    card : HTML
        The result, or the request to predict first.
    skip : Button
        For readers who only want to look.
    """

    def __init__(self, prediction: Prediction, result: str, truth: object = None):
        self.prediction, self.result, self.truth = prediction, result, truth
        self.card = W.HTML()
        self.skip = W.Button(description=say("prediction.skip", prediction.lang), layout=_BUTTON)
        self.skip.on_click(lambda _: self.show())
        super().__init__([W.HTML(STYLE + _CARDS), self.card, self.skip], layout={"max_width": "1000px"})
        self.add_class("crmsim-panel")
        if prediction.stated is None:
            question = say(f"predict.{prediction.key}", prediction.lang)
            question = question.translate(str.maketrans("“”", "‘’"))  # it is quoted itself
            self.card.value = paragraph(say("prediction.first", prediction.lang, question=question))
            prediction.when_stated(self.show)
        else:
            self.show()

    def show(self) -> None:
        """Uncover the result."""
        lang, stated, kind = self.prediction.lang, self.prediction.stated, self.prediction.statement
        self.skip.layout.display = "none"
        if stated is None:
            said, compared = say("prediction.nothing_said", lang), ""
        else:
            said = kind.words(stated.value, self.prediction.key, lang)
            compared = "" if self.truth is None else kind.verdict(stated.value, self.truth, lang)
        left = _side(say("prediction.you_said", lang), said, stated.minute if stated else "")
        right = _side(say("prediction.came_out", lang), self.result, compared)
        self.card.value = f'<div class="crmsim-said">{left}{right}</div>'


def _side(head: str, text: str, note: str) -> str:
    return f"<div><b>{html.escape(head)}</b><div>{html.escape(text)}</div>{paragraph(note)}</div>"


def _control(key: str, lang: str, statement: Statement) -> W.Widget:
    """Return the control for a kind of statement; all of them are operated by the keyboard alone."""
    wide = {"width": "640px", "max_width": "100%"}
    if isinstance(statement, Choice):
        options = [(statement.words(name, key, lang), name) for name in statement.options]
        return W.RadioButtons(options=options, value=None, layout={"width": "auto"})
    if isinstance(statement, Sentence):
        return W.Textarea(placeholder=say("prediction.your_words", lang), rows=2, layout=wide)
    if isinstance(statement, Range):
        words = (say("prediction.low", lang), say("prediction.high", lang))
        return W.HBox([W.Text(description=end, layout={"width": "240px"}) for end in words])
    return W.Text(placeholder=say("prediction.your_number", lang), layout={"width": "240px"})


def _given(answer: W.Widget) -> object:
    if isinstance(answer, W.HBox):
        return tuple(end.value for end in answer.children)
    return answer.value
