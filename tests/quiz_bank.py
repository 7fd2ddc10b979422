"""A bank with a question of every kind, written to be tested: markup in its texts, and short answers."""

from __future__ import annotations

from pathlib import Path

from crmsim.exercises.bank import Bank, read_bank
from crmsim.exercises.sheet import Sheet

TEXT = """\
topic: clv
questions:
- {id: tf, kind: true-false, entries: [clv], difficulty: 1, notebook: 5, answer: false,
   text: {en: "Satisfied customers never leave; is <b>that</b> so?",
          zh: "满意的客户绝不会离开，<b>对</b>吗？"},
   why: {en: "They leave for other reasons too.", zh: 他们也会因其他原因离开。},
   if_wrong: {en: "You overlook competitors & prices.", zh: "您忽略了竞争对手&价格。"},
   claim: {lesson: satisfied_not_loyal, says: contrary}}
- id: one
  kind: single-choice
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "Which one of these?", zh: "是哪一个？"}
  options:
  - {text: {en: "The first.", zh: 第一个。}, why: {en: "Not that one.", zh: 不是它。}}
  - {text: {en: "The second.", zh: 第二个。}, right: true, why: {en: "That one.", zh: 就是它。}}
  - {text: {en: "The third <i>thing</i>.", zh: "第三<i>个</i>。"}, why: {en: "Nor that.", zh: 也不是。}}
- id: some
  kind: multiple-choice
  entries: [clv]
  difficulty: 2
  notebook: 5
  text: {en: "Which of these?", zh: "有哪些？"}
  options:
  - {text: {en: "Right one", zh: 对的一}, right: true, why: {en: "Yes one.", zh: 是一。}}
  - {text: {en: "Right two", zh: 对的二}, right: true, why: {en: "Yes two.", zh: 是二。}}
  - {text: {en: "Wrong one", zh: 错的一}, why: {en: "No one.", zh: 非一。}}
  - text:
      en: "Wrong two, with a text that is so long that it needs more than a line of the screen, because
        options of real questions are often like that and have to be read to their end by everybody"
      zh: "错的二，文字很长，屏幕上一行放不下，因为真实题目的选项常常如此，每个人都应当能够读到最后一个字，\
        而不会被截断，所以这里写得格外长一些，好让它一定会换行，这样一看便知"
    why: {en: "No two.", zh: 非二。}
- id: gaps
  kind: fill-in
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "Value is ____ less ____.", zh: "价值是____减去____。"}
  blanks:
  - {accept_en: [benefit], accept_zh: [利益]}
  - {accept_en: [cost], accept_zh: [成本]}
  slips:
  - {text: {en: price, zh: 价格}, why: {en: "The price is only a part.", zh: 价格只是一部分。}}
  why: {en: "So it is defined.", zh: 定义如此。}
- id: match
  kind: matching
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "Match them.", zh: 请配对。}
  pairs:
  - {left: {en: "left <1>", zh: "左<一>"}, right: {en: r1, zh: 右一}, why: {en: "Why one.", zh: 因一。}}
  - {left: {en: l2, zh: 左二}, right: {en: r2, zh: 右二}, why: {en: "Why two.", zh: 因二。}}
  - {left: {en: l3, zh: 左三}, right: {en: r3, zh: 右三}, why: {en: "Why three.", zh: 因三。}}
- id: order
  kind: ordering
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "Put in order.", zh: 请排序。}
  steps:
  - {text: {en: "step <1>", zh: "步<一>"}, why: {en: "It begins.", zh: 它最先。}}
  - {text: {en: s2, zh: 步二}, why: {en: "It goes on.", zh: 其次。}}
  - {text: {en: s3, zh: 步三}, why: {en: "It ends.", zh: 最后。}}
  why: {en: "So it goes.", zh: 如此。}
- {id: own, kind: calculation, entries: [clv], difficulty: 3, notebook: 5, generator: nps,
   text: {en: "NPS", zh: 净推荐值}}
- id: fixed
  kind: calculation
  entries: [clv]
  difficulty: 1
  notebook: 5
  text: {en: "3 * 4?", zh: 三乘四？}
  given:
    {answer: 12, unit: {en: CNY, zh: 元}, tolerance: 0.1, solution: [{en: "3 * 4 = 12", zh: "3 * 4 = 12"}]}
  slips:
  - {text: {en: adding, zh: 相加}, why: {en: "Times is not plus.", zh: 乘不是加。}}
- id: define
  kind: definition
  entries: [clv]
  difficulty: 2
  notebook: 5
  text: {en: "What is CLV?", zh: 什么是客户终生价值？}
  model_answer: {en: "What a customer <brings>.", zh: "客户带来的<价值>。"}
  key_points: [{en: "point <a>", zh: "要点<甲>"}, {en: point b, zh: 要点乙}]
  slips: [{text: {en: "Revenue alone.", zh: 只看收入。}, why: {en: "Costs count.", zh: 成本也算。}}]
- id: explain
  kind: short-answer
  entries: [clv]
  difficulty: 2
  notebook: 5
  text: {en: "Why discount?", zh: 为什么要贴现？}
  model_answer: {en: "Time has a price.", zh: 时间有价格。}
  rubric: [{text: {en: time, zh: 时间}, points: 3}, {text: {en: risk, zh: 风险}, points: 1}]
  slips: [{text: {en: Inflation, zh: 通货膨胀}, why: {en: "Not only.", zh: 不止于此。}}]
- id: debate
  kind: discussion
  entries: [clv]
  difficulty: 3
  notebook: 5
  text: {en: "Is the customer always right?", zh: 客户总是对的吗？}
  views:
  - {text: {en: "Yes.", zh: 是。}, source: {en: A shop, zh: 一家商店}}
  - {text: {en: "No.", zh: 否。}, source: {en: A book, zh: 一本书}}
  verdict: {en: "It depends.", zh: 视情况而定。}
  key_points: [{en: both sides, zh: 两方面}, {en: a reason, zh: 理由}]
"""


def every_kind(folder: Path) -> Bank:
    """Return the bank; its file is written into a folder."""
    path = folder / "every_kind.yaml"
    path.write_text(TEXT, "utf-8")
    return read_bank([path])


def right_answer(sheet: Sheet):
    """Return an answer that gets all points, in places of the sheet."""
    question = sheet.question
    if question.kind == "true-false":
        return question.answer
    if question.kind == "single-choice":
        return next(k for k, option in enumerate(sheet.shown_options) if option.right)
    if question.kind == "multiple-choice":
        return [k for k, option in enumerate(sheet.shown_options) if option.right]
    if question.kind == "fill-in":
        return [blank.accept_zh[-1] for blank in question.blanks]
    if question.kind == "matching":
        return [sheet.right_order.index(place) for place in sheet.order]
    if question.kind == "ordering":
        return [sheet.order.index(place) for place in range(len(question.steps))]
    return str(question.given.answer) if question.given else sheet.problem.answer.shown("en")
