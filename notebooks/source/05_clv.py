# %% [markdown] lang="en"
# # 5. CLV: formulas, six components, time value, lifetime
#
# **Question.** A customer brings a margin of 100 yuan a year (after the cost of goods and service), and of five such customers four come back each year. What is one of them worth, what may it cost to win one, and which number in the formula decides about it?

# %% [markdown] lang="zh"
# # 5. 客户终生价值：公式、六个组成部分、时间价值、生命周期长度
#
# **问题。** 一位客户每年带来100元毛利（扣除商品与服务成本之后），每五位这样的客户中每年有四位回来。这样一位客户值多少钱？为赢得一位最多可以花多少？公式里哪个数字最要紧？

# %%
LANG = "en"

# %%
import pandas as pd

from crmsim import preset, simulate
from crmsim.comparison import mean_interval
from crmsim.dashboards.clv_panel import CLVPanel, CLVState
from crmsim.dashboards.comparison_panel import ComparisonPanel, ComparisonState
from crmsim.lessons import find_lesson, run_lesson
from crmsim.metrics.clv import value_by_component
from crmsim.teaching.figures import in_figures, plain
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say
from crmsim.value import SIX_COMPONENTS, DiscountRate, Flow, RetentionRate, margin_multiple, plug_in_clv

# %% [markdown] lang="en"
# ## Predict
#
# Answer before you calculate; a feeling is enough.

# %% [markdown] lang="zh"
# ## 先预测
#
# 请先凭直觉回答，再计算。

# %%
growth = Prediction("clv_growth", LANG, Number(1, 10))
growth

# %%
slip = Prediction("clv_slip", LANG, Choice("too_high", "right", "too_low"))
slip

# %%
component = Prediction("clv_component", LANG, Choice(*SIX_COMPONENTS))
component

# %% [markdown] lang="en"
# ## Run
#
# The calculator simulates nothing: it is the formula with your numbers in it, so every step of a slider answers at once.

# %% [markdown] lang="zh"
# ## 运行
#
# 计算器不做模拟：它就是代入您的数字的公式，因此每动一下滑块都会立刻给出答案。

# %%
calculator = CLVPanel(CLVState(lang=LANG))
calculator

# %% [markdown] lang="en"
# ## How to read it
#
# - **The card beside the controls** builds the number in four lines: the sum over all payments, the same as a closed formula, your numbers put in, and margin times multiple less acquisition cost.
# - **Upper left:** each bar is one expected payment. It shrinks for two reasons: fewer customers are left to pay (retention), and later money counts less (discount). The line adds them up; where it crosses zero, the cost of winning the customer is paid back.
# - **Upper right:** the lifetime $1 / \text{churn}$ is a mean. Most customers leave before it.
# - **Lower left:** the broad value counts what was earned so far, the narrow one only what is to come. A decision of today can change the narrow value alone.
# - **Lower right:** what happens if one takes the mean lifetime for certain.
#
# **Try:** set the discount rate to 0 and watch the slip vanish; then raise it. Change the *timing* and find the same customer worth different amounts, all of them right. Choose *month* and give the rates per month: the table below says what they are.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **控件旁的卡片**用四行得出结果：各期之和、同一结果的封闭公式、代入您的数字、毛利乘以乘数再减去获取成本。
# - **左上图**：每根柱是一期的预期收款。它因两个原因逐期变小：仍在付款的客户越来越少（保留），越晚的钱越不值钱（贴现）。折线把它们累加；越过零点时，获取成本就收回了。
# - **右上图**：生命周期 $1/\text{流失率}$ 只是平均值，多数客户在此之前就已离开。
# - **左下图**：广义价值包括已经赚到的，狭义价值只看将来。今天的决策只能改变狭义价值。
# - **右下图**：把平均寿命当作确定的期数会怎样。
#
# **试一试**：把贴现率设为0，看高估如何消失；再把它调高。换一个*收款时点*：同一位客户有不同的价值，而且都对。选*月*并按月给出比率：下方表格写明了换算结果。

# %%
kept, rate = RetentionRate([0.8, 0.9], "year"), DiscountRate(0.1, "year")
now, more = margin_multiple(kept, rate)
said = {"now": f"{now:.2f}", "more": f"{more:.2f}", "times": f"{more / now:.2f}"}
growth.reveal(say("notebook.clv.growth", LANG, **said), more / now)

# %%
both = plug_in_clv(Flow(100, "CNY", "year"), RetentionRate(0.8, "year"), rate, timing="immediate")
wrong, right = both.plug_in.value, both.truth.value
kind = "too_high" if wrong > right else "too_low" if wrong < right else "right"
share = f"{100 * both.overstatement:.1f}"
slip.reveal(say("notebook.clv.slip", LANG, wrong=f"{wrong:.2f}", right=f"{right:.2f}", share=share), kind)

# %% [markdown] lang="en"
# The formula has one margin. But what makes up the margin of an old customer? The course names six components: the first purchase, repeat purchases with a larger share of wallet, cross-selling, lower cost to serve, referrals, and a lower sensitivity to price. The simulator books every amount under one of them, in CU, the currency unit of the simulated firm, discounted to each customer's first purchase.

# %% [markdown] lang="zh"
# 公式里只有一个毛利。可是老客户的毛利由什么构成？课程列出六个组成部分：初期购买、重复购买与提高支出份额、交叉销售、配合带来的成本节约、推荐、价格敏感度下降。模拟器把每一笔金额都记在其中之一，单位为CU，即模拟企业的货币单位，并贴现到各客户的首次购买。

# %%
town = preset("retail").with_values(customers=1000)
runs = [simulate(town, seed=1, replication=k, log=False) for k in range(8)]
parts = pd.DataFrame([value_by_component(run)[list(SIX_COMPONENTS)] for run in runs])
largest = parts.mean().idxmax()
blanks = {"component": say(f"component.{largest}", LANG), "currency": town.currency, "n": len(runs)}
value, first = in_figures(mean_interval(parts[largest])), plain(parts["clv1"].mean())
component.reveal(say("notebook.clv.component", LANG, first=first, **blanks, **value), largest)

# %% [markdown] lang="en"
# ## One more: what is a point of retention worth?
#
# Two strategies on the same customers. Look at the upper left picture: which of the six components does the programme raise, and what does it cost?

# %% [markdown] lang="zh"
# ## 再进一步：保留率的一个百分点值多少？
#
# 同样的客户，两种策略。请看左上图：激励计划提高了六个组成部分中的哪些？花费多少？

# %%
comparison = ComparisonPanel(ComparisonState(lang=LANG))
comparison

# %% [markdown] lang="en"
# A famous claim says that five points more of retention raise profit by at least a quarter (Reichheld & Sasser 1990 found 25 to 85 per cent in the industries that they studied; they compared the present value of a customer's profits, which is CLV). In the formula it is easy to make it true. Is it so for the simulated retailer, whose customers differ from each other?

# %% [markdown] lang="zh"
# 有一个著名论断：保留率提高5个百分点，利润至少增长四分之一（Reichheld与Sasser 1990年在所研究的行业中得到25%至85%；他们比较的是一位客户利润的现值，即终生价值）。在公式里让它成立很容易。对于客户各不相同的模拟零售商，它是否成立？

# %%
points = Prediction("clv_points", LANG, Choice("holds", "does_not_hold", "not_decided"))
points

# %%
lesson = run_lesson(find_lesson("retention_multiple"), replications=8)
worth = lesson.table.iloc[0]
told = say("notebook.clv.points", LANG, n=worth["n"], **in_figures(worth, scale=100))
points.reveal(told, lesson.verdict)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A CLV is half a sentence without its horizon, discount rate and timing. Two textbooks can differ by a whole margin and both be right.
# 2. The rates must be of the same period. Rates compound: 80 per cent a year is 98.2 per cent a month, because 0.982 to the power of twelve is about 0.8; dividing the churn of 20 per cent by twelve gives a slightly different number, and a wrong one.
# 3. The nearer retention is to 1, the more the next point is worth. What that point costs is not in the formula, and near 1 it may well cost more: compare both before you spend.
# 4. The lifetime $1 / \text{churn}$ is right as a mean and wrong as a number of certain payments: put into an annuity it overstates the value.
# 5. Once the customer is won, past profit is earned and the cost of winning is sunk: decide by the narrow value. Before that, the cost of winning is still a decision, and belongs into the sum.
#
# ## Exercise
#
# In a terminal: `crmsim lesson retention_multiple --break` shows when the claim on five points of retention turns. Then take the calculator: a customer brings 20 yuan a month, 95 per cent stay each month, money costs 1 per cent a month. What may winning one cost if it has to be paid back within a year? In the question bank the topic is called `clv`.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 不说明计算期、贴现率和收款时点，终生价值只说了一半。两本教材可以相差整整一期毛利而都正确。
# 2. 各比率的时间单位必须一致。比率按复利换算：每年80%相当于每月98.2%，因为0.982的12次方约为0.8；把20%的年流失率除以12，得到的数略有不同，是错的。
# 3. 保留率越接近1，再提高一个百分点就越值钱。但这一个百分点要花多少，公式里没有，而且越接近1可能越贵：投入之前，两者都要比较。
# 4. 生命周期 $1/\text{流失率}$ 作为平均值是对的，当作确定的收款期数则是错的：代入年金会高估价值。
# 5. 客户一旦赢得，历史利润已经到手，获取成本已经沉没：决策要看狭义价值。在此之前，获取成本仍可选择，应当计入。
#
# ## 练习
#
# 在终端运行 `crmsim lesson retention_multiple --break --lang zh`，看看“提高5个百分点”的论断何时逆转。然后用计算器：一位客户每月带来20元毛利，每月有95%留下，资金成本每月1%。若要求一年内收回，赢得一位客户最多可以花多少？题库中的主题为 `clv`。
