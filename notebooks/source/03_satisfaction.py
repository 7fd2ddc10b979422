# %% [markdown] lang="en"
# # 3. Satisfaction: c = b / a
#
# **Question.** A firm makes its service better, and a year later its customers are delighted. Are they still, three years after that, with the very same service? And does a survey tell the firm what they feel?

# %% [markdown] lang="zh"
# # 3. 客户满意：c = b / a
#
# **问题。** 一家企业改善了服务，一年后客户感到惊喜。又过了三年，服务丝毫未变，客户还会感到惊喜吗？满意度调查能告诉企业客户的真实感受吗？

# %%
LANG = "en"

# %%
import pandas as pd
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.comparison import verdict
from crmsim.dashboards.satisfaction_panel import SatisfactionPanel, SatisfactionState
from crmsim.dashboards.satisfaction_state import EARLY, END
from crmsim.metrics.satisfaction_formulas import satisfaction_difference, satisfaction_ratio
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# Satisfaction compares what was perceived (b) with what was expected (a). As a ratio it is $c = b / a$: below 1 disappointed, 1 as expected, above 1 delighted. As a difference it is $b - a$. Both agree on who is disappointed, but not always on who is *more* delighted: below are two guests with their a and b.

# %% [markdown] lang="zh"
# 满意度把感知值（b）与期望值（a）相比较。写成比值是 $c = b / a$：小于1为失望，等于1为符合期望，大于1为惊喜。写成差值是 $b - a$。两种形式对“谁失望”的判断一致，但对“谁更惊喜”不一定一致：下面是两位客人的a与b。

# %%
guests = pd.DataFrame({"a": [4.0, 8.0], "b": [5.0, 9.5]})
guests["b - a"] = satisfaction_difference(guests["b"], guests["a"])
guests["c = b / a"] = satisfaction_ratio(guests["b"], guests["a"]).round(2)
guests

# %% [markdown] lang="en"
# ## Predict
#
# A telecom firm raises its quality by a tenth of the market average at the end of the second year, for good.

# %% [markdown] lang="zh"
# ## 先预测
#
# 一家电信企业在第二年末把质量提高了市场平均水平的十分之一，并一直保持。

# %%
fading = Prediction("satisfaction_fading", LANG, Range(0, 150))
fading

# %%
heard = Prediction("satisfaction_heard", LANG, Choice("higher", "lower", "undecided"))
heard

# %%
missed = Prediction("satisfaction_missed", LANG, Choice("higher", "lower", "undecided"))
missed

# %% [markdown] lang="en"
# ## Run
#
# The same customers live through six years twice, with the step of quality and without it.

# %% [markdown] lang="zh"
# ## 运行
#
# 同一批客户把六年经历两遍：一遍有质量提升，一遍没有。

# %%
screen = SatisfactionPanel(SatisfactionState(lang=LANG))
screen

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left:** the step lifts what is perceived (blue) quickly; this b is what customers *remember*, recent experiences most, not the service of the day. What is expected (orange) follows with every purchase. Dotted: the same customers without the step.
# - **Upper right:** satisfaction, made of the two lines. It is the *gap* between them that delights, and the gap closes.
# - **Lower left:** SERVQUAL, a questionnaire on service quality (Parasuraman, Zeithaml & Berry 1988), takes perception less expectation on five dimensions; a bar is as thick as the dimension is important. More quality is felt as reliability and in the tangibles.
# - **Lower right:** the line is what all customers feel, the marks are what the survey hears.
# - **Table:** the more purchases somebody has made, the more they expect.
#
# **Try:** set *expectations* to 0. Now nobody gets used to anything, and delight does not fade any more. Set *quality step* to 0 and *programmes* to 2: which SERVQUAL bar grows? Then choose the *retailer*: its customers buy less often than a telecom firm's pay, so they get used to things more slowly.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上**：质量提升很快抬高感知值（蓝线）；这里的b是客户*记忆*中的感知（近期体验分量最重），不是当天的服务。期望值（橙线）随每次购买跟上来。虚线是同一批客户没有质量提升时的情形。
# - **右上**：由这两条线得到的满意度。让人惊喜的是两线之间的*差距*，而差距在缩小。
# - **左下**：服务质量量表SERVQUAL（Parasuraman、Zeithaml与Berry 1988）在五个维度上用感知减期望；条形越粗，该维度越重要。质量提升主要体现在可靠性和有形性上。
# - **右下**：曲线是全部客户的真实感受，圆点是调查听到的结果。
# - **表格**：购买次数越多，期望越高。
#
# **试一试**：把“期望变化”设为0，于是谁也不会习以为常，惊喜也不再消退。把“质量提升”设为0、“激励强度”设为2：SERVQUAL的哪一条变长了？再把“情景”换成零售商：那里的客户购买不如电信客户按月付费频繁，所以习惯得更慢。

# %%
result = SatisfactionState(lang=LANG, replications=12).run()
early, late = result.lift(EARLY), result.lift(END)
left = round(100 * late.mean / early.mean)
lifts = {"early": f"{early.mean:.3f}", "late": f"{late.mean:.3f}"}
fading.reveal(say("notebook.satisfaction.fading", LANG, left=left, **lifts), left)

# %%
gap = result.misheard
shares = {name: round(100 * result.bias[name]) for name in ("answers", "truth")}
words = say("notebook.satisfaction.heard", LANG, **shares, **in_figures(gap, scale=100))
heard.reveal(words, verdict(gap))

# %% [markdown] lang="en"
# ## One more: what is taken away
#
# The same step, but two years later the firm saves the money again. Its customers are back to the service of the beginning, yet not to the expectation of the beginning.

# %% [markdown] lang="zh"
# ## 再进一步：取消之后
#
# 同样的质量提升，但两年后企业为省钱又取消了。服务回到了当初的水平，期望却没有回到当初。

# %%
taken = SatisfactionPanel(SatisfactionState(lang=LANG, withdrawn=True))
taken

# %%
lost = SatisfactionState(lang=LANG, withdrawn=True, replications=12).run().lift(END)
missed.reveal(say("notebook.satisfaction.missed", LANG, **in_figures(lost, 3)), verdict(lost))

# %% [markdown] lang="en"
# Dissatisfaction is one thing, leaving another. The exam claims: *delight fades, and is missed when it is gone.* Here it is run with lavish programmes instead of quality. The green side of each row is where the claim wants it to be; the verdict is computed from the intervals.

# %% [markdown] lang="zh"
# 不满意是一回事，离开是另一回事。考试中的论断是：*惊喜会褪色，取消却会伤人。* 这里用丰厚的激励代替质量来运行。每一行的绿色一侧是论断所主张的范围；判定由置信区间算出。

# %%
lesson = find_lesson("delight_fades")
claim = run_lesson(lesson, lesson.scenario("telecom", customers=500), replications=6)
Image(to_png(claim.draw(lang=LANG)), alt=say(f"verdict.{claim.verdict}", LANG))

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Satisfaction is not quality but quality against expectation: $c = b / a$, or $b - a$ (Oliver 1980).
# 2. **Found by research:** expectation follows experience (Boulding, Kalra, Staelin & Zeithaml 1993). **Assumed here:** how fast it follows, upward faster than downward, and that the market pulls it as well. **Came out of it:** with the very same service, satisfaction falls again. With *expectations* at 0 it does not.
# 3. How far it falls depends on these assumptions. In the model expectation settles between what the firm delivers and what the market offers, so a part of the lift stays; how large it is at your customers, no simulation can tell.
# 4. In these runs, customers who had the step and lost it were less satisfied two years later than the same customers without it: expectation had risen, and falls back only slowly. That is no law, it rests on the assumptions of point 2: with *expectations* at 0 nothing of it can be told from chance.
# 5. In the model, as in many studies, those who feel strongly answer surveys more readily. A score without its response rate says little; which way your own survey errs has to be found out.
#
# ## Exercise
#
# Answer the questions of the topic: `crmsim quiz --topic satisfaction`. Then run `crmsim lesson hundred_percent_satisfaction --break`: is satisfying everybody worth what it costs, and when would it be?

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 满意不等于质量，而是质量与期望相比较：$c = b / a$，或 $b - a$（Oliver 1980）。
# 2. **研究发现**：期望随体验而变（Boulding、Kalra、Staelin与Zeithaml 1993）。**模型假设**：变得多快、上升快于下降，以及市场也在牵引期望。**运行得出**：服务丝毫未变，满意度仍会回落；把“期望变化”设为0，就不再回落。
# 3. 回落多少，取决于这些假设。在模型中，期望会停在企业所提供的水平与市场水平之间，所以提升会保留一部分；在您的客户那里能保留多少，任何模拟都无法告诉您。
# 4. 在这些运行中，得到提升又失去的客户，两年后比从未得到提升时的同一批客户更不满意：期望已经升高，回落得慢。这不是定律，它建立在第2点的假设之上：把“期望变化”设为0，这种差别就与偶然无法区分。
# 5. 模型与许多研究一样，感受强烈的人更愿意回答调查。不附回答率的得分说明不了多少；您自己的调查偏向哪一边，要另行查明。
#
# ## 练习
#
# 做本专题的题目：`crmsim quiz --topic satisfaction --lang zh`。然后运行 `crmsim lesson hundred_percent_satisfaction --break --lang zh`：让所有人都满意值不值得？在什么条件下才值得？
