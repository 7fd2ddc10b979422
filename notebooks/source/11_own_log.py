# %% [markdown] lang="en"
# # 11. From your own transaction log to a decision
#
# **Question.** A till prints three things: who, when, how much. Nothing about satisfaction, nothing about rivals. Is that enough to say who matters, what they will yet bring, and what to do about them?

# %% [markdown] lang="zh"
# # 11. 从自己的交易记录到决策
#
# **问题。** 收银机只记下三件事：谁、何时、多少钱。没有满意度，也没有竞争对手。凭这些，能不能说出谁最重要、他们还会带来多少价值、应当怎样对待他们？

# %%
LANG = "en"

# %%
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.dashboards.own_log_panel import OwnLogPanel, OwnLogState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# The log is that of a shop: 500 customers who came within four months, watched for two years.

# %% [markdown] lang="zh"
# ## 先预测
#
# 这是一家商店的交易记录：500位客户在四个月内陆续到来，共观察两年。

# %%
top = Prediction("own_log_top", LANG, Number(0, 100))
top

# %%
names = ("stage_matched", "tier_service", "save_value_lift", "price_cut")
best = Prediction("own_log_best", LANG, Choice(*names))
best

# %% [markdown] lang="en"
# ## Run
#
# Three steps, each shown as soon as it is there: the log is looked through, customers are made who buy like those of the log, and strategies are tried on them. It takes about ten seconds, after the model is prepared. To take your own log, put a CSV file beside this notebook (or upload it), choose *a file of mine*, and write its name; a file needs a column each for customer, date and amount.

# %% [markdown] lang="zh"
# ## 运行
#
# 分三步，每一步完成即显示：先审视交易记录，再生成购买行为与之相同的模拟客户，最后在他们身上比较策略。模型准备好之后约需十秒。要用自己的记录，请把CSV文件放在本笔记本旁边（或上传），选择“我的文件”并填写文件名；文件需要客户、日期、金额各一列。

# %%
panel = OwnLogPanel(OwnLogState(lang=LANG))
panel

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left:** how many customers each tier of the pyramid holds, and what share of the value to come it brings.
# - **Upper right:** the test. The models saw the log only up to the dashed line; what came later, they had to foretell. The simulated customers have to follow the same curve, or nothing below is worth reading.
# - **Below:** every strategy less doing nothing, on the same customers with the same luck. A filled mark is decided, an open one is not. Look at all three columns: what is best for value need not be best for satisfaction.
# - **Decision:** the best strategy, whether its lead over the next is decided, what it does to satisfaction and tiers, and what all that rests on.
#
# **Try:** choose *retailer, not cleaned*: the file is refused, with line and column, because nothing is guessed. Then lower the *margin* to 0.2 and see which strategies still pay.
#
# The next cell lets the screen finish and takes over what it has computed.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上**：客户金字塔各层级有多少客户，带来未来价值的多大份额。
# - **右上**：检验。模型只看过虚线之前的记录，之后的购买必须靠预测。模拟客户也要走出同样的曲线，否则下面的一切都不值得看。
# - **下方**：在相同客户、相同运气下，每个策略与“不采取策略”之差。实心表示已有定论，空心表示尚无定论。三栏都要看：对价值最好的策略，对满意度未必最好。
# - **决策**：哪个策略最好，它对次优策略的领先是否已有定论，对满意度和客户等级有何影响，以及这一切的依据。
#
# **试一试**：选择“零售商，未清洗”：文件会被拒绝，并指出行与列，因为程序从不猜测。再把“毛利率”降到0.2，看看哪些策略仍然划算。
#
# 下一个单元格先让上面的界面算完，再沿用它的结果。

# %%
panel.background.finish()
found = OwnLogState(lang=LANG).run()
share = round(100 * found.audit.figures["top_fifth"])
top.reveal(say("notebook.own_log.top", LANG, share=share), share)

# %%
clv = found.differences.query("outcome == 'clv'").set_index("strategy")
winner = clv["mean"].idxmax()
blanks = {"strategy": say(f"strategy.{winner}", LANG), "currency": found.audit.terms.currency}
best.reveal(say("notebook.own_log.best", LANG, **blanks, **in_figures(clv.loc[winner])), winner)

# %% [markdown] lang="en"
# ## One more: does a claim of the exam hold for these customers?
#
# *Price cuts buy retention, not profit.* So far you have met this sentence for a retailer of the simulator. Now the same experiment is run on customers made from the shop's log.

# %% [markdown] lang="zh"
# ## 再进一步：考试中的论断对这些客户成立吗？
#
# “降价换来保留率，换不来利润。”此前您看到的是模拟器自带的零售商。现在，用根据商店记录生成的客户做同样的实验。

# %%
cheaper = Prediction("own_log_cheaper", LANG, Choice("holds", "does_not_hold", "not_decided"))
cheaper

# %%
lesson = find_lesson("price_cuts")
result = run_lesson(lesson, found.state.scenario(found.calibration))
verdict = say(f"verdict.{result.verdict}", LANG)
words = say("notebook.own_log.cheaper", LANG, claim=lesson.claim(LANG), verdict=verdict)
cheaper.reveal(words, result.verdict)

# %%
Image(to_png(result.draw(lang=LANG)), alt=words)

# %% [markdown] lang="en"
# And a log that the method does not suit: a supplier with few, large and regular customers. Made after the retailer, the simulated customers miss the curve, and the decision says so. Set *all else like* to the supplier with key accounts and look again.

# %% [markdown] lang="zh"
# 再看一份这种方法不适合的记录：一家供应商，客户少、金额大、购买有规律。若以零售商为参照，模拟客户走不出实际的曲线，决策栏会直言相告。请把“其余参照”改为大客户供应商，再看一次。

# %%
supplier = OwnLogPanel(OwnLogState(source="b2b", lang=LANG))
supplier

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Who, when and how much are enough to tell who mattered and, with a model, what to expect. A forecast counts only when it has been tried on months that the model had not seen.
# 2. A few customers bring most of the revenue: in this shop the top fifth about two thirds. Whether they also bring most of the profit, a log without costs does not say.
# 3. A log tells nothing about why. Satisfaction, rivals and costs have to be assumed, and an interval over simulated luck does not cover a wrong assumption.
# 4. The strategy with the highest value need not be the one with the most satisfied customers. Look at both before you decide.
# 5. When the simulated customers do not buy like yours, there is no decision, however narrow the intervals.
#
# ## Exercise
#
# Take a log of your own (or the retailer's data set), decide, and write one page: what you would do, what the decision rests on, and which assumption you would check first. With *save these customers as a scenario* and `crmsim decide six_strategies --scenario FILE` (the file that was saved) you get the long version. Questions that belong here: `crmsim quiz --topic clv` and `crmsim quiz --topic tiers`.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 谁、何时、多少钱，足以说明谁曾经重要；借助模型，还能说明可以期待什么。预测只有在模型没见过的月份上检验过，才算数。
# 2. 少数客户带来大部分收入：在这家商店，前五分之一的客户约占三分之二。他们是否也带来大部分利润，没有成本的记录说明不了。
# 3. 交易记录不说明原因。满意度、竞争对手和成本只能假设；模拟运气的区间并不涵盖错误的假设。
# 4. 价值最高的策略，未必是让最多客户满意的策略。决策之前，两者都要看。
# 5. 如果模拟客户的购买行为与您的客户不符，区间再窄也不能据此决策。
#
# ## 练习
#
# 用一份自己的交易记录（或零售商数据集）作出决策，并写一页纸：您会怎么做，决策依据什么，您会最先核实哪个假设。点“把这些客户保存为情景”，再运行 `crmsim decide six_strategies --scenario FILE --lang zh`（FILE为所保存的文件），可得到完整的版本。相关题目：`crmsim quiz --topic clv --lang zh`与`crmsim quiz --topic tiers --lang zh`。
