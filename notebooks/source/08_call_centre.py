# %% [markdown] lang="en"
# # 8. The call centre: queues, priority, complaint, recovery
#
# **Question.** Two agents, more calls than they can always answer at once. Whom do you answer first? And something has gone wrong for one of the callers: is it worth money to make it good, and until when?

# %% [markdown] lang="zh"
# # 8. 呼叫中心：排队、优先级、投诉与服务补救
#
# **问题。** 两名座席，来电多时不能立即全部接听。先接谁的？来电者中有人遇到了问题：花钱补救值得吗？补救最迟要在多久之内？

# %%
LANG = "en"

# %%
from IPython.display import Image

from crmsim import find_lesson, run_lesson
from crmsim.dashboards.desk_panel import DeskPanel, DeskState
from crmsim.plots.style import to_png
from crmsim.teaching.figures import in_figures
from crmsim.teaching.prediction import Choice, Number, Prediction
from crmsim.text import say

# %% [markdown] lang="en"
# ## Predict
#
# Answer before you look. What you lock in is kept beside this notebook and comes back later, next to the result.

# %% [markdown] lang="zh"
# ## 先预测
#
# 请先回答，再看结果。锁定的预测保存在本笔记本旁边，稍后与结果并列显示。

# %%
delayed = Prediction("desk_delayed", LANG, Number(0, 100))
delayed

# %%
average = Prediction("desk_average", LANG, Choice("higher", "lower", "undecided"))
average

# %%
survivors = Prediction("desk_survivors", LANG, Choice("higher", "lower", "undecided"))
survivors

# %% [markdown] lang="en"
# ## Run
#
# Below are three desks with the same 1000 customers of a retailer, with the same luck: one answers at once, one in the order of arrival, one the better customer first. The very first run on a computer takes about 40 seconds, because the model is translated into machine code.
#
# A contact here is a *case*: a delivery to trace, a repair to arrange. It keeps an agent busy for hours, and waiting is counted in days. A hotline with calls of three minutes follows the same formulas, in minutes. What this desk leaves out: it never closes, it has no rush hour, and nobody who waits gives up before the answer.

# %% [markdown] lang="zh"
# ## 运行
#
# 下面是三种服务台，面对一家零售商同样的1000位客户、同样的运气：第一种立即接听，第二种先来后到，第三种让高等级客户优先。在一台电脑上第一次运行约需40秒，因为要先把模型编译为机器码。
#
# 这里的一次联系是一桩*事务*：查一件快递、安排一次维修。它要占用座席几个小时，等待以天计。每通三分钟的热线遵循同样的公式，只是单位换成分钟。这个服务台省略了三件事：它从不关门，没有高峰时段，排队的人也不会中途放弃。

# %%
desk = DeskPanel(DeskState(lang=LANG))
desk

# %% [markdown] lang="en"
# ## How to read it
#
# - **Top:** who is waiting, week by week. Priority hardly changes how long the queue is. It changes who stands in it.
# - **Middle:** the share of callers who waited longer than the time below. The dashed line is Erlang's formula: it knows only calls per day, handling time and the number of agents.
# - **Bottom left:** mean waits. Diamonds are theory; a dot far from its diamond means that the desk was not as steady as the formula believes.
# - **Bottom right:** complaints, by how long they waited for an answer. The same apology is worth less every day.
# - **Table:** the first column of differences says what waiting does, the second what priority changes.
#
# **Try:** set *agents* to 3, then to 1. One agent more takes away most of the waiting, one fewer and the work exceeds the time of the agent: the queue grows until customers leave because of it. Then take 2 again and make *handling (h)* longer, half an hour at a time. The controls of *questions* and *problems* are multiples of what is usual.
#
# Now what you predicted.

# %% [markdown] lang="zh"
# ## 怎样读图
#
# - **上图**：每周谁在排队。优先规则几乎不改变队伍的长度，改变的是谁站在队伍里。
# - **中图**：等待超过横轴时间的来电者比例。虚线是Erlang C公式（爱尔兰等待公式）：它只知道每天来电数、处理时间和座席数。
# - **左下图**：平均等待。菱形是理论值；圆点离菱形远，说明服务台不像公式设想的那样平稳。
# - **右下图**：按等待时间分组的投诉。同样的道歉，每晚一天就贬值一分。
# - **表格**：前一列差异说明等待的后果，后一列说明优先规则的后果。
#
# **试一试**：把*座席数*改为3，再改为1。多一名座席，等待大部分消失；少一名，工作量就超过座席的时间：队伍越排越长，直到有客户因此离开。然后改回2，把*处理小时数*逐次加长半小时。*咨询量*与*问题率*两个控件是平常水平的倍数。
#
# 现在看您的预测。

# %%
found = DeskState(lang=LANG, replications=12).run()
waited, load = found.overall_wait("arrival"), found.load
numbers = {"expected": round(100 * load["delayed"]), "busy": round(100 * load["occupancy"])}
share = round(100 * waited.share)
delayed.reveal(say("notebook.desk.delayed", LANG, waited=share, mean=f"{waited.mean:.2f}", **numbers), share)

# %%
row, waits = found.table.loc[("wait", "priority")], found.waits
tiers = {tier: f"{waits['priority'].loc[tier, 'mean']:.2f}" for tier in ("vip", "small")}
before = {f"{tier}_before": f"{waits['arrival'].loc[tier, 'mean']:.2f}" for tier in tiers}
told = say("notebook.desk.average", LANG, **tiers, **before, **in_figures(row, 2))
average.reveal(told, row["verdict"])

# %%
stay, there = (found.table.loc[(name, "arrival")] for name in ("satisfied", "satisfied_there"))
of_all = {f"there_{end}": words for end, words in in_figures(there, 1, scale=100).items()}
told = say("notebook.desk.survivors", LANG, **of_all, **in_figures(stay, 1, scale=100))
survivors.reveal(told, stay["verdict"])

# %% [markdown] lang="en"
# ## One more: three claims of the exam
#
# **Priority has a price.** At a loaded desk, what the best are spared the others wait. The claim says how much, and that small customers leave for it.

# %% [markdown] lang="zh"
# ## 再进一步：考试中的三个论断
#
# **优先接听有代价。** 在繁忙的服务台，重要客户省下的时间由其他客户来等。这个论断说明相差多少，以及小客户会因此流失。

# %%
lesson = find_lesson("priority_at_the_desk")
claim = run_lesson(lesson)
Image(to_png(claim.draw(lang=LANG)), alt=f"{lesson.claim(LANG)} {say(f'verdict.{claim.verdict}', LANG)}")

# %% [markdown] lang="en"
# **“Recovery pays.”** Complaints are welcomed, answered better and compensated. It costs money; does it bring more than that? If the interval of CLV lies wholly in the green, it did so at this retailer; if it contains 0, these runs do not decide it.

# %% [markdown] lang="zh"
# **“服务补救是划算的。”** 鼓励投诉，答复更好，并给予补偿。这要花钱；带来的是否更多？如果终生价值的区间全部落在绿色区域内，那么在这家零售商确实如此；如果区间含0，这些运行就不能判定。

# %%
lesson = find_lesson("recovery_pays")
claim = run_lesson(lesson)
Image(to_png(claim.draw(lang=LANG)), alt=f"{lesson.claim(LANG)} {say(f'verdict.{claim.verdict}', LANG)}")

# %% [markdown] lang="en"
# **The recovery paradox.** Are customers whose problem was made good happier than if there had been none? The claim says: only on conditions. Look row by row which of them the runs bear out: the first small failure and the second, the serious one, the ordinary answer, and trust.

# %% [markdown] lang="zh"
# **服务补救悖论。** 问题得到补救的客户，会比从未遇到问题更满意吗？论断说：要看条件。请逐行查看运行证实了哪些：首次轻微失误与再次失误、严重失误、一般补救，以及信任。

# %%
lesson = find_lesson("recovery_paradox")
claim = run_lesson(lesson)
Image(to_png(claim.draw(lang=LANG)), alt=f"{lesson.claim(LANG)} {say(f'verdict.{claim.verdict}', LANG)}")

# %% [markdown] lang="en"
# Now go back to the panel and tick *complaints made good* (they are welcomed, answered better and compensated), first with 3 agents, then with 1, and look at the CLV (in CU, the currency unit of the simulated firm). Complaints that are encouraged are calls too: without agents to answer them, the promise makes everybody wait longer.
#
# ## What to remember
#
# 1. Waiting grows slowly while there is time to spare, and in the formula without bound as the load (in erlangs: agents kept busy on average) comes near the number of agents. It is the last tenth of the load that hurts.
# 2. Priority makes no time: it shortens some waits and lengthens others. Whether that is worth it depends on whom it keeps and whom it loses.
# 3. Recovery costs money. Whether it brings more is a question for each firm: compare the interval above with the supplier of [notebook 10](10_churn_and_win_back.py), and see with `crmsim lesson recovery_pays --break` what it hangs on. It must come soon: in the model its quality falls with every day of waiting.
# 4. Where the rows of the paradox hold, a failure made good leaves people happier than none only if it was small, the first, and made good excellently. That trust is restored by half at most is put into the model (studies find more satisfaction, but no more repurchase: de Matos, Henrique & Rossi 2007). So do not plan on failures.
# 5. Satisfaction surveys usually ask only those who stayed. A desk that drives people away can look better for it.
#
# ## Exercise
#
# Answer the questions of the topic: `crmsim quiz --topic interaction`. Then choose the supplier with key accounts in the panel: what is the smallest number of agents with which waiting costs less than one percentage point of customers (the whole interval of *lost*)? How busy are they?

# %% [markdown] lang="zh"
# 现在回到面板，勾选*鼓励投诉并补救*，先用3名座席，再用1名，并观察终生价值（单位CU，即模拟企业的货币单位）。鼓励来的投诉也是来电：没有座席来接听，这个承诺只会让所有人等得更久。
#
# ## 要点
#
# 1. 有余力时，等待增长缓慢；负荷（话务量，以爱尔兰计，即平均占用的座席数）接近座席数时，公式中的等待无限增长。真正伤人的是最后那一成负荷。
# 2. 优先规则不会创造时间：它缩短一些人的等待，延长另一些人的等待。是否值得，取决于留住了谁、失去了谁。
# 3. 补救要花钱。带来的是否更多，每家企业答案不同：请把上面的区间与[笔记本10](10_churn_and_win_back.py)中的供应商相比，并用 `crmsim lesson recovery_pays --break --lang zh` 查看它取决于什么。补救必须及时：在模型中，每多等一天，补救质量就下降。
# 4. 在悖论各行成立之处，只有失误轻微、是第一次、且补救得极好，才会让人比没有失误时更满意。信任最多只能恢复一半，这是写进模型的（研究发现满意度会提高，重复购买却没有增加：de Matos、Henrique与Rossi 2007）。所以不要指望靠失误取胜。
# 5. 满意度调查通常只问留下来的人。一个把客户赶走的服务台，满意度反而可能更好看。
#
# ## 练习
#
# 做本专题的题目：`crmsim quiz --topic interaction --lang zh`。然后在面板中选“大客户供应商”：最少需要几名座席，才能使等待造成的流失少于一个百分点（以*流失*的整个区间为准）？此时座席有多忙？
