# %% [markdown] lang="en"
# # 12. Strategy lab: build a strategy, set a budget, compare
#
# **Question.** You have a budget, and customers who differ in stage, value and mood. For whom do you do what, and how do you know that it was worth it?

# %% [markdown] lang="zh"
# # 12. 策略实验室：制定策略、设定预算、进行比较
#
# **问题。** 您有一笔预算，客户的关系阶段、价值和情绪各不相同。对谁做什么？又怎样知道这样做值得？

# %%
LANG = "en"

# %%
from dataclasses import replace

from IPython.display import Image

from crmsim import budget_curve, compare
from crmsim.comparison import ratio_interval
from crmsim.dashboards.strategy_lab_panel import StrategyLabPanel, StrategyLabState
from crmsim.plots.returns import plot_budget_curve
from crmsim.plots.style import new_figure, to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Prediction, Range
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# A retailer thinks of giving special treatment (a fast lane, small favours) at the list price of a programme, every month, to each customer whom the rule names. Amounts are in CU, the currency unit of the simulated firm.

# %% [markdown] lang="zh"
# ## 先预测
#
# 一家零售商打算给予特殊待遇（优先通道、小小的关照）。凡规则选中的客户，每月按激励计划的标价花费。金额单位为CU，即模拟企业的货币单位。

# %%
whom = Prediction("lab_whom", LANG, Choice("best_tiers", "everybody", "small_tier"))
whom

# %%
kept = Prediction("lab_budget", LANG, Range(0, 100))
kept

# %% [markdown] lang="en"
# ## Run
#
# Build your strategy in the upper part: for whom, what, at which cost, within which budget. Several rules make one strategy: *lay this rule down* and go on with the next. Yours then meets a ready strategy on the same customers with the same luck.

# %% [markdown] lang="zh"
# ## 运行
#
# 在上方制定您的策略：对谁、做什么、成本多少、预算多少。一个策略可以有多条规则：点“确定此规则”，再加下一条。然后，您的策略与一个现成策略在相同客户、相同运气下比较。

# %%
lab = StrategyLabPanel(StrategyLabState(rival="do_nothing", lang=LANG))
lab

# %% [markdown] lang="en"
# ## How to read it
#
# - **The sentences above the picture** judge three things together: CLV, satisfied customers, promotions between tiers. (Promotions are weak evidence: a tier is a rank with a fixed share of the customers, so somebody rises whenever others leave.) If one rises and another falls, no simulator can decide for you.
# - **Cost and budget:** what the strategy costs a year, and whether the budget was felt. To find out, the same strategy also ran without the budget.
# - **Upper row:** yours less the ready one, with intervals. An open mark is not decided.
# - **Lower row:** value and satisfaction by the tier in which customers ended. Beware: a strategy also changes who ends in which tier.
# - **The card of your strategy** shows it as data, as a file holds it. *Save the strategy* writes that file.
#
# **Try:** change the price cut to 1.5 and read the refusal. Give points and set a budget: why is that refused? Then start from *stage-matched programme* and make it better.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **图上方的句子**同时判断三件事：终生价值、满意客户、等级升降。（等级升降是很弱的证据：等级是占比固定的名次，别人离开，就有人升级。）若有升有降，模拟器无法替您决定。
# - **成本与预算**：策略每年花多少钱，预算是否起了约束作用。为此，同一策略还会在没有预算的情况下再运行一次。
# - **上排**：您的策略与现成策略之差及其区间。空心表示尚无定论。
# - **下排**：按客户最后所在的等级显示价值与满意度。请注意：策略也会改变谁最后在哪个等级。
# - **您的策略卡片**以数据形式显示策略，与文件中一致。“保存策略”会写出这个文件。
#
# **试一试**：把降价幅度改为1.5，读一读拒绝的理由。选择积分并设定预算：为什么被拒绝？然后从“按阶段匹配的激励”开始，把它改得更好。

# %%
base = StrategyLabState(rival="do_nothing", tiers=(), name="everybody", lang=LANG)
groups = {"everybody": (), "best_tiers": ("vip", "important"), "small_tier": ("small",)}
rules = [replace(base, tiers=tiers, name=name).built for name, tiers in groups.items()]
tried = compare(base.scenario, rules, replications=20)
levels = {name: f"{tried.values(name, 'clv').mean():.0f}" for name in groups}
pair = tried.differences(simultaneous=True).query("outcome == 'clv'").set_index("strategy")
ends = in_figures(pair.loc["best_tiers"], 1)
cost = {name: tried.values(name, "strategy_cost").mean() for name in groups}
part = {"part": f"{100 * cost['best_tiers'] / cost['everybody']:.0f}", "currency": base.scenario.currency}
words = say("notebook.lab.whom", LANG, **levels, **ends, **part)
whom.reveal(words, max(groups, key=lambda name: tried.values(name, "clv").mean()))

# %% [markdown] lang="en"
# ## One more: how much budget?
#
# Now a save offer each quarter to those whose risk it lowers most (*the top by lift*), first without a limit and then with one yearly budget after the other. When a year's budget is used up, the rule stops until the next.

# %% [markdown] lang="zh"
# ## 再进一步：多少预算合适？
#
# 现在每季度向流失风险下降最多的客户（“增益最大者”）提供挽留优惠，先不设上限，再依次设定不同的年度预算。一年的预算用完，规则就停到下一年。

# %%
offer = {"action": "save_offer", "amount": 1.2, "cost": 1.0, "cost_in": "save_offer"}
save = replace(base, name="best_lift", rank="lift", share=50, **offer)
curve = budget_curve(save.scenario, save.built, [500.0, 1000.0, 2000.0, 4000.0, 8000.0])
figure, ax = new_figure(8, 4.6)
held = curve.expected()
plot_budget_curve(curve.table(), curve.best(), ax, currency=save.scenario.currency, held=held, lang=LANG)
gains = curve.value - curve.value[0]
part, low, high = (round(100 * number) for number in ratio_interval(gains[2], gains[-1])[:3])
spent = curve.table()["spent"]
money = round(100 * spent.iloc[2] / spent.iloc[-1])
sentence = say("notebook.lab.budget", LANG, part=part, low=low, high=high, money=money)
Image(to_png(figure), alt=sentence)

# %%
kept.reveal(sentence, part)

# %% [markdown] lang="en"
# Build this strategy in the lab, with a budget of 1000 CU a year, and see what it does to satisfied customers.

# %% [markdown] lang="zh"
# 请在实验室里制定这个策略，年度预算设为1000 CU，看看它对满意客户有什么影响。

# %%
limited = StrategyLabPanel(replace(save, budget=1000))
limited

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A strategy is data: for whom, when, what, at which cost. Said so exactly, it can be tried, compared and improved.
# 2. Whom a programme reaches matters as much as the programme: money spent on customers who bring little is easily lost.
# 3. If the best targets come first, the first part of a budget does most; how good the targets are depends on the score. A budget that is never felt is no decision.
# 4. Value, satisfaction and tiers can point in different directions. The numbers show the price of each; the choice remains with people.
# 5. A comparison counts when the same customers meet both strategies and the interval leaves out zero.
#
# ## Exercise
#
# Budget: 3000 CU a year for the whole firm. Build a strategy that beats *tier-differentiated service* on CLV without losing satisfied customers, save it, and check it with another seed, since whoever tries long enough finds luck. Hand in the file and three sentences: for whom, why, and what speaks against it. Questions that belong here: `crmsim quiz --topic retention` and `crmsim quiz --topic tiers`.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 策略就是数据：对谁、何时、做什么、成本多少。说得如此确切，才能试验、比较和改进。
# 2. 激励给谁，与激励本身同样重要：花在价值很低的客户身上的钱，很容易收不回来。
# 3. 如果最好的目标排在最前，预算的前一部分作用就最大；目标选得有多好，取决于评分。从未起约束作用的预算，不算决策。
# 4. 价值、满意度和客户等级可能指向不同的方向。数字说明各自的代价，选择仍由人来做。
# 5. 同样的客户经历两种策略，且区间不含零，比较才算数。
#
# ## 练习
#
# 预算：整个企业每年3000 CU。请制定一个策略，在终生价值上胜过“分级差异化服务”，同时不减少满意客户；保存它，再换一个种子检验，因为试得够久总会碰上运气。请提交策略文件和三句话：对谁、为什么、有什么不利之处。相关题目：`crmsim quiz --topic retention --lang zh`与`crmsim quiz --topic tiers --lang zh`。
