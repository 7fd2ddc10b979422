# %% [markdown] lang="en"
# # 9. Whom to target: risk, sensitivity, value
#
# **Question.** You have retention offers for one customer in ten. Your data team can tell you who is most likely to leave. Are these the people who should get the offer?

# %% [markdown] lang="zh"
# # 9. 选择谁：流失风险、敏感度、价值
#
# **问题。** 您的挽留优惠只够发给十分之一的客户。数据团队能告诉您谁最可能流失。优惠就该发给这些人吗？

# %%
LANG = "en"

# %%
import pandas as pd
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.comparison import mean_interval, verdict
from crmsim.dashboards.targeting_panel import TargetingPanel, TargetingState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# Four ways to choose, each a score such as a firm computes:
#
# - **risk**: how likely the customer is to leave within 90 days;
# - **sensitivity**: how strongly the customer responds to offers;
# - **lift**: by how much the offer would lower the risk;
# - **value × lift**: the same, times what the customer brought in the last year.

# %% [markdown] lang="zh"
# ## 先预测
#
# 四种选择方法，都是企业常用的一类评分：
#
# - **流失风险**：客户未来90天内离开的可能性；
# - **敏感度**：客户对优惠的反应有多强；
# - **增益**：优惠能把流失风险降低多少；
# - **价值×增益**：增益再乘以客户近一年的净贡献。

# %%
best = Prediction("targeting_best", LANG, Choice("risk", "sensitivity", "lift", "value_lift"))
best

# %%
riskiest = Prediction("targeting_riskiest", LANG, Number(0, 100))
riskiest

# %% [markdown] lang="en"
# ## Run
#
# Every customer below lives many times: with the offer and without it, with the same luck. So the laboratory knows what no firm can know: whom the offer truly keeps. The scores know more than a firm's, too: they are the model's true chances with an even error put on (*score error*), where real scores are estimated from data and can be wrong for whole groups. Amounts are in CU, the currency unit of the simulated firm, as of the day of the offer. The very first run on a computer takes about 40 seconds; after that a slider answers at once.

# %% [markdown] lang="zh"
# ## 运行
#
# 下面的每位客户都“活”了许多次：有优惠一次，没有优惠一次，运气完全相同。因此这个实验室知道任何企业都无法知道的事：优惠究竟留住了谁。这里的评分也比企业的评分知道得多：它们是模型中的真实概率加上均匀的误差（*评分误差*），而现实中的评分要从数据估计，可能对整群客户都估错。金额单位为CU，即模拟企业的货币单位，按优惠当日计价。在一台电脑上第一次运行约需40秒；之后滑块一动就有答案。

# %%
lab = TargetingPanel(TargetingState(lang=LANG))
lab

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left**, the uplift curve: customers are lined up by a score, the best first. The height says how many of them stay *because of* the offer. The dashed straight line is choosing by lot, the thick line the oracle, who sees what nobody can see (but chooses by half of the futures and is marked by the others, so it is no perfect upper bound). The *Qini coefficient* in the table is the area between a curve and the straight line, as a share of the oracle's.
# - **Upper right**, the same in money, after the cost of the offers. Each curve has a peak: beyond it, further offers cost more than they bring.
# - **Lower left**, whom the offers reach at the share chosen. *Persuadable*: stays only with the offer. *Sure thing*: stays anyway. *Lost cause*: leaves anyway. *Do-not-disturb*: leaves only because the offer was a reminder.
# - **Lower right**, the net gain at that share with its interval; the table compares each score with risk on the same customers.
#
# **Try:** move *share* to where the curve of value × lift peaks. Set *offer cost* to 0: who should get the offer now? Raise *score error* to 2: which score suffers most? Raise *reminded* to 20: so many of 100 inert customers (who stay because they do not think about it) think of leaving only because of the offer.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上图**是增益曲线：客户按评分从高到低排队，高度表示其中有多少人*因为*优惠而留下。虚直线是随机选择，粗线是“先知”（他看得到谁也看不到的东西；但他只凭一半的未来作选择，用另一半来评分，所以并不是完美的上限）。表中的*Qini系数*是曲线与直线之间的面积占先知的比例。
# - **右上图**是同一件事换成金额，已扣除优惠成本。每条曲线都有一个顶点：过了顶点，再发优惠就得不偿失。
# - **左下图**是在所选比例下优惠给了谁。*可挽留型*：有优惠才留下；*自然留存型*：反正会留下；*必然流失型*：反正会离开；*勿扰型*：正是优惠提醒了他可以离开。
# - **右下图**是该比例下的净收益及其区间；表格把每种评分与“流失风险”在同一批客户上相比。
#
# **试一试**：把*优惠比例*移到“价值×增益”曲线的顶点。把*优惠成本*设为0：现在该给谁优惠？把*评分误差*提高到2：哪种评分受损最大？再把*被提醒*提高到20：每100位惰性客户（从不考虑去留、因而留下的客户）中，有这么多位正是因为优惠才想到离开。

# %%
found = TargetingState(lang=LANG, customers=1000, populations=8).run()
gain = found.gains.loc[found.best]
less = {end: gain[f"difference_{end}"] for end in ("mean", "low", "high")}
money = {"currency": found.comparison.scenario.currency, "score": say(f"score.{found.best}", LANG)}
told = say("notebook.targeting.best", LANG, **money, **in_figures(pd.Series(less), 1))
best.reveal(told, found.best)

# %%
reached = found.offers_by_type.set_index(["score", "type"]).loc["risk"]
saved = reached.loc["persuadable"]
lost, sure = (f"{reached.loc[kind, 'mean']:.0f}" for kind in ("lost_cause", "sure_thing"))
said = say("notebook.targeting.riskiest", LANG, lost=lost, sure=sure, **in_figures(saved))
riskiest.reveal(said, round(saved["mean"]))

# %% [markdown] lang="en"
# ## One more: why not simply everybody?
#
# A manager says: "Offers keep customers, so let us give one to each."

# %% [markdown] lang="zh"
# ## 再进一步：为什么不人人都发？
#
# 一位经理说：“优惠能留住客户，那就每人发一份。”

# %%
everybody = Prediction("targeting_everybody", LANG, Choice("higher", "lower", "undecided"))
everybody

# %%
all_of_them = TargetingState(lang=LANG, customers=1000, populations=8, share=100).run()
net = mean_interval(all_of_them.comparison.values("random", "net_gain"))
kept = all_of_them.levels.set_index(["score", "measure"])["mean"]["random"]
blanks = {"saved": f"{kept['saved']:.0f}", "currency": money["currency"]}
said = say("notebook.targeting.everybody", LANG, **blanks, **in_figures(net, 1))
everybody.reveal(said, verdict(net))

# %% [markdown] lang="en"
# The offers do keep customers, and the firm may still gain nothing by it, or lose (look at the interval): most offers go to people who would have stayed, or whom nothing keeps. The rule behind the picture at the upper right is the course's own criterion for one customer: **make the offer where lift × value is more than the offer costs** ($p_{save} \times CLV > c_{save}$; $p_{save}$ is the probability that *this one* customer leaves without the offer and stays with it: the lift, as long as the offer drives nobody away; $c_{save}$ is the cost of one offer). The score puts last year's contribution in the place of CLV, which no firm can see; where customers have few years left, or many, that is a rough stand-in.
#
# Is that only so for a single campaign? Here is the claim over years, with an offer every quarter.

# %% [markdown] lang="zh"
# 优惠确实留住了客户，企业却可能一无所获，甚至亏损（请看区间）：多数优惠给了本来就会留下的人，或无论如何也留不住的人。右上图背后的规则，正是课程中针对单个客户的判据：**只有当增益×价值大于优惠成本时才发优惠**（$p_{save} \times CLV > c_{save}$；$p_{save}$是*这一位*客户没有优惠会离开、有优惠就留下的概率，课程称挽留成功率；只要优惠不赶走客户，它就是增益；$c_{save}$是一份优惠的成本）。企业看不到真实的终生价值，评分中用近一年的净贡献代替；若客户余下的年数很少或很多，这只是粗略的替代。
#
# 这只对一次活动成立吗？下面检验多年、每季度发一次优惠的情形。

# %%
lesson = find_lesson("riskiest_not_best_targets")
claim = run_lesson(lesson)
print(lesson.claim(LANG))
Image(to_png(claim.draw(lang=LANG)), alt=say(f"verdict.{claim.verdict}", LANG))

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Risk says who may leave, not whom an offer can keep: many of the riskiest leave with the offer as well (Ascarza 2018).
# 2. What counts is the lift, the difference that the offer makes. Nobody can see it on one customer; a firm learns it from a test in which chance decides who gets the offer.
# 3. Choosing by lift aims at keeping the most customers; lift weighted with value aims at earning the most money. These are different aims (Lemmens & Gupta 2020), and a score reaches its aim only as well as it is estimated.
# 4. Retention offers have a best number. Beyond it they pay people for what they would have done anyway.
# 5. An offer can drive customers away by reminding them that leaving is possible. How often that happens is an assumption here: 1 in 100 of the inert unless you move the slider.
#
# ## Exercise
#
# 1. For the telecom and for the supplier: at which share does value × lift earn most? Explain the difference by what an offer costs and what a customer is worth.
# 2. Run `crmsim lesson riskiest_not_best_targets --preset telecom --break`. Which mechanism has to be switched off for the claim to fail?
# 3. Your firm has only a churn model. Which experiment would you run, on how many customers, to learn the lift?
# 4. `crmsim quiz --topic retention` asks the questions of the exam.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 流失风险说的是谁可能离开，而不是优惠能留住谁：风险最高的客户中，许多人拿了优惠也照样离开（Ascarza 2018）。
# 2. 关键是增益，即优惠造成的差别。在单个客户身上谁也看不到它；企业只能通过随机分组试验来了解。
# 3. 按增益选择，是为了留住最多的客户；增益再按价值加权，是为了赚最多的钱。这是两个不同的目标（Lemmens & Gupta 2020），而评分估计得有多准，目标才能达到多少。
# 4. 挽留优惠有一个最佳数量。超过它，就是花钱请人做他本来就会做的事。
# 5. 优惠也可能赶走客户，因为它提醒了客户可以离开。这种情况多常见，在这里是一个假设：除非您移动滑块，否则是每100位惰性客户中有1位。
#
# ## 练习
#
# 1. 对电信合约和大客户供应商：“价值×增益”在什么比例下收益最高？请用优惠成本与客户价值解释差别。
# 2. 运行 `crmsim lesson riskiest_not_best_targets --preset telecom --break --lang zh`。关闭哪种机制后，论断就不再成立？
# 3. 您的企业只有一个流失预测模型。为了了解增益，您会做什么试验？需要多少客户？
# 4. 用 `crmsim quiz --topic retention --lang zh` 做本专题的考题。
