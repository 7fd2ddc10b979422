# %% [markdown] lang="en"
# # 6. Grading customers: ABC, RFM, pyramid, KAISM, whale curve, and what each gets wrong
#
# **Question.** Tomorrow a firm gives its best customers a manager of their own. Who are the best? Every grading has an answer; the simulator knows who was right.

# %% [markdown] lang="zh"
# # 6. 客户分级：ABC、RFM、金字塔、KAISM、鲸鱼曲线，以及各自的误判
#
# **问题。** 明天，企业要为最好的客户配备专属客户经理。谁是最好的客户？每种分级方法都有答案，而模拟器知道谁说对了。

# %%
LANG = "en"

# %%
from crmsim.audit.concentration import whale_curve
from crmsim.comparison import mean_interval
from crmsim.dashboards.comparison_state import ComparisonState
from crmsim.dashboards.grading_panel import GradingPanel, GradingState
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# A retailer with 1000 customers grades them after three years, and we wait for three more. Class A are those who brought the first 70 per cent of all profit until the day. The gradings in short:
#
# - **ABC** cuts the order of past profit at two shares of the total, the **pyramid** at others (platinum, gold, iron, lead);
# - **RFM** scores recency (how long ago was the last purchase), frequency and monetary value;
# - **KAISM**, the key account identification and selection matrix, asks how attractive a customer is and how strong the firm is with it: key, development, maintenance and opportunity customers.

# %% [markdown] lang="zh"
# ## 先预测
#
# 一家零售商有1000位客户，三年后给他们评级，然后我们再等三年。A类是截至当日贡献了前70%利润的客户。各种分级方法简述如下：
#
# - **ABC**把按历史利润的排列在总额的两个比例处切开，**客户金字塔**则在另外的位置切开（铂金、黄金、钢铁、铅）；
# - **RFM**给近度（距最近一次购买多久）、频度和值度打分；
# - **KAISM**（关键客户识别与选择矩阵）问客户的吸引力有多大、企业在该客户处的优势有多强，由此分出关键、发展、维持、机会四类客户。

# %%
tops = Prediction("grading_tops", LANG, Number(0, 100))
tops

# %%
finder = Prediction("grading_finder", LANG, Choice("past_profit", "rfm", "kaism", "clv"))
finder

# %%
peak = Prediction("grading_peak", LANG, Number(100, 400))
peak

# %% [markdown] lang="en"
# ## Run
#
# Five populations of customers are simulated and graded. Amounts are in CU, the currency unit of the simulated firm; the future is discounted to the day of the grading. The very first run on a computer takes about 40 seconds, because the model is translated into machine code.

# %% [markdown] lang="zh"
# ## 运行
#
# 模拟五批客户并分别评级。金额单位为CU，即模拟企业的货币单位；未来利润贴现到评级当日。在一台电脑上第一次运行约需40秒，因为要先把模型编译为机器码。

# %%
grading = GradingPanel(GradingState(lang=LANG))
grading

# %% [markdown] lang="en"
# ## How to read it
#
# - **Upper left:** the whale curve. Customers stand in a row, the best first, and their profit is added up. Where it rises above 100 per cent, the rest is lost again on customers who cost more than they bring. The green line shows what the *same row* brought afterwards.
# - **Upper right:** how many customers each grading puts into each level, the best on the left.
# - **Lower left:** each ranking may name equally many customers. How much of the profit of the truly best do they find, and how many of these customers?
# - **Lower right:** one grading, level by level: its customers, their past, their future.
# - **First table:** only the best level of each grading. *Bring nothing* are those who were given the best level and afterwards brought no profit.
#
# **Try:** move *A ends at* and see that the border moves and the error stays. Set *graded at* to 20: who is young is hard to grade. Choose the levels of KAISM and find the customers whom ABC overlooks.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **左上图**：鲸鱼曲线。客户从最好的开始排成一列，利润逐一累加。超过100%的部分，又在入不敷出的客户身上失去。绿线是*同一队列*此后带来的利润。
# - **右上图**：每种分级把多少客户放进各等级，最好的在左边。
# - **左下图**：各排序方法挑选同样多的客户。它们找到了真正最优者多少利润、多少人？
# - **右下图**：一种分级的各个等级：客户数、历史利润、未来利润。
# - **第一张表**：只看每种分级的最高等级。*此后无利润*指被评为最高等级、此后却没有带来利润的客户。
#
# **试一试**：移动“A类止于”，看边界在变、误判仍在。把“评级时点”设为20：新客户很难评级。再查看KAISM的等级，找出被ABC忽略的客户。

# %%
found = GradingState(lang=LANG).run()
best_class = [one.sheet[one.levels["abc"] == "a"] for one in found.graded]
nothing = mean_interval([100 * (sheet["future"] <= 0).mean() for sheet in best_class])
gone = mean_interval([100 * sheet.loc[sheet["future"] <= 0, "gone"].mean() for sheet in best_class])
left = {f"gone_{end}": words for end, words in in_figures(gone).items()}
tops.reveal(say("notebook.grading.tops", LANG, n=found.done, **left, **in_figures(nothing)), nothing.mean)

# %%
orders = found.rankings.drop("chance")["found"]
best = orders.idxmax()
shares = {name: round(100 * orders[name]) for name in ("past_profit", "rfm", "kaism", "clv")}
firsts = sum(one.rankings["found"].drop("chance").idxmax() == best for one in found.graded)
blanks = {"best": say(f"predict.grading_finder.{best}", LANG), "first": firsts, "n": found.done}
finder.reveal(say("notebook.grading.finder", LANG, **blanks, **shares), best)

# %%
whales = [whale_curve(one.sheet["past_profit"]) for one in found.graded]
height = mean_interval([whale.peak for whale in whales])
at = mean_interval([whale.peak_at for whale in whales])
blanks = {"n": found.done, "at": f"{at.mean:.0f}"}
peak.reveal(say("notebook.grading.peak", LANG, **blanks, **in_figures(height)), height.mean)

# %% [markdown] lang="en"
# ## One more: other customers, and those who cost money
#
# With telecom contracts everybody pays each month until the contract ends. What does *recency* say then?

# %% [markdown] lang="zh"
# ## 再进一步：换一批客户，以及亏损的客户
#
# 电信合约的客户在合约结束前每月都付款。这时*最近购买时间*还说明什么？

# %%
recency = Prediction("grading_recency", LANG, Choice("higher", "lower", "undecided"))
recency

# %%
contracts = GradingPanel(GradingState(source="telecom", focus="rfm_grades", lang=LANG))
contracts

# %%
rfm = GradingState(source="telecom", lang=LANG).run().differences.loc["rfm"]
recency.reveal(say("notebook.grading.recency", LANG, **in_figures(rfm, scale=100)), rfm["verdict"])

# %% [markdown] lang="en"
# The whale curve suggests a short cut: part with those on the right, and the profit that they eat is saved. The strategy *drop the unprofitable* does just that.

# %% [markdown] lang="zh"
# 鲸鱼曲线似乎提示了一条捷径：放弃右端的客户，就能省下他们吃掉的利润。策略“淘汰不盈利客户”正是这样做的。

# %%
dropping = Prediction("grading_dropping", LANG, Choice("higher", "lower", "undecided"))
dropping

# %%
pair = ComparisonState(right="drop_unprofitable", customers=500, replications=8, lang=LANG).run()
clv = pair.table.loc["clv"]
text = say("notebook.grading.dropping", LANG, currency=pair.currency, **in_figures(clv))
dropping.reveal(text, clv["verdict"])

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A grading is a forecast. Try it as one: grade by the first part of your records and look at the second.
# 2. ABC, the pyramid and the course's level schemes put customers into the same order, that of past profit. They cut it at different places, so they agree with each other and err together.
# 3. RFM asks when a customer was last here, and so notices those who left without a word. Where contracts make everybody pay each month, that question says nothing.
# 4. KAISM asks two questions, what an account may bring and how strong we are with it. It says how to treat accounts; it is not made to rank them.
# 5. Even good estimates misplace many: in the data of Malthouse & Blattberg (2005) more than half of the future best fifth were not recognised. So let levels be open upward, review them, and do not treat the lower ones badly: some of the best to come are still among them.
#
# ## Exercise
#
# Choose *data set retail* as source: which of the findings above are still there, and which can a log without costs not show? In a terminal `crmsim lesson few_make_most` and `crmsim lesson pruning --break` test two claims on the pyramid. In the question bank the topic is called `tiers`.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 分级就是预测，要像检验预测那样检验它：用前一段记录评级，再看后一段。
# 2. ABC、客户金字塔与课程中的各等级方案，客户的排列次序都是历史利润，只是切分点不同，因此彼此一致，也一起出错。
# 3. RFM问客户最近一次何时光顾，因而能察觉悄悄离开的人。若合约使人人每月付款，这个问题就没有信息。
# 4. KAISM问两个问题：客户能带来多少，我们在该客户处有多强。它说明怎样对待客户，而不是用来排名的。
# 5. 再好的估计也会错放许多人：在Malthouse与Blattberg（2005）的数据中，未来最好的五分之一客户有一半以上未被认出。因此等级应当可以上升、定期复核，也不要亏待低等级客户：未来最好的客户有一部分还在其中。
#
# ## 练习
#
# 把来源换成“数据集retail”：上述发现有哪些仍然成立？哪些是没有成本的交易记录看不出来的？在终端运行 `crmsim lesson few_make_most --lang zh` 与 `crmsim lesson pruning --break --lang zh`，检验关于金字塔的两个论断。题库中的主题为 `tiers`。
