# %% [markdown] lang="en"
# # Lab 2. Show that delight fades
#
# **From practice.** A retailer thinks of four programmes for everybody: rewards, personal contact, special treatment, a community. In the pilot year satisfaction went up. "And in the fourth year?" asks the board. What pleased at first may have become what everybody expects. You design the comparison, state the interval, and decide.
#
# Satisfaction is the course's ratio c = b / a, perceived over expected. Write your own number behind `SEED`; it decides which customers you meet.

# %% [markdown] lang="zh"
# # 实验2 证明惊喜会褪色
#
# **来自实践。** 一家零售商打算对所有客户实施四项激励：回报、情感联系、特殊待遇、社群归属。试点第一年，满意度上升了。“那么第四年呢？”董事会问。起初令人高兴的，也许会变成理所当然。请您设计比较、给出区间并作出判断。
#
# 满意度采用课程的比值 c = b / a，即感知与期望之比。请在 `SEED` 后写上您自己的数字；它决定您遇到哪些客户。

# %%
LANG = "en"

# %%
SEED = 1

# %%
import numpy as np

from crmsim import find_strategy, simulate
from crmsim.comparison import paired_interval
from crmsim.metrics.satisfaction import satisfaction_by_month
from crmsim.teaching.labs import delight as lab

lab.EARLY, lab.LATE, lab.REPLICATIONS

# %% [markdown] lang="en"
# `lab.SCENARIO` is the retailer: 600 customers, four years of 360 days. `lab.LAVISH` is the strategy of all four programmes, `find_strategy("do_nothing")` has none. `simulate(scenario, strategy, seed=..., replication=..., log=False)` makes one run. The same seed and replication mean the same people with the same luck.
#
# ## Task 1: a fair pair (2 points)
#
# Write a function that returns two runs for replication `k`, first without programmes, then with them, so that nothing differs but what the firm does.

# %% [markdown] lang="zh"
# `lab.SCENARIO` 是这家零售商：600位客户，四年（每年360天）。`lab.LAVISH` 是实施全部四项激励的策略，`find_strategy("do_nothing")` 则没有激励。`simulate(scenario, strategy, seed=..., replication=..., log=False)` 运行一次。种子和重复编号相同，就是同样的人、同样的运气。
#
# ## 任务1：公平的一对（2分）
#
# 请写一个函数，对第 `k` 次重复返回两次运行：先是没有激励，再是有激励；除企业的做法外，其他一切相同。


# %% solution="pair"
def run_pair(k):
    ### BEGIN SOLUTION
    both = (find_strategy("do_nothing"), lab.LAVISH)
    return tuple(simulate(lab.SCENARIO, one, seed=SEED, replication=k, log=False) for one in both)
    ### END SOLUTION


# %% test="check_pair" points=2
lab.check_pair(globals(), LANG)

# %% [markdown] lang="en"
# ## Task 2: the lift (2 points)
#
# `satisfaction_by_month(run)["ratio"]` is the mean c of active customers, indexed by the last day of each month. Write a function that returns by how much programmes lift it: mean with programmes less mean without, over the months with `first_day < day <= last_day`.

# %% [markdown] lang="zh"
# ## 任务2：提升多少（2分）
#
# `satisfaction_by_month(run)["ratio"]` 是在册客户的平均 c，索引为每月最后一天。请写一个函数，返回激励使它提升多少：在 `first_day < day <= last_day` 的各月中，有激励的平均值减去没有激励的平均值。


# %% solution="lift"
def lift(without, treated, first_day, last_day):
    ### BEGIN SOLUTION
    change = (satisfaction_by_month(treated) - satisfaction_by_month(without))["ratio"]
    return change[(change.index > first_day) & (change.index <= last_day)].mean()
    ### END SOLUTION


# %% test="check_lift" points=2
lab.check_lift(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_lift(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 3: the interval (3 points)
#
# One pair is an anecdote. `early` and `late` are arrays with the lift of every replication, in the second half of the first year and in the fourth year. Write a function that returns `(low, high)`: the 95 per cent Student interval of the mean *fading*, early less late, taken replication by replication. By hand: mean ± t · s / √n with n − 1 degrees of freedom; or use `paired_interval`.

# %% [markdown] lang="zh"
# ## 任务3：区间（3分）
#
# 一对运行只是个例。`early` 和 `late` 是数组，分别为每次重复在第一年下半年和第四年的提升。请写一个函数返回 `(low, high)`：平均*褪色*（前期减后期，逐次相减）的95%学生氏区间。手算：均值 ± t · s / √n，自由度为 n − 1；也可使用 `paired_interval`。


# %% solution="interval"
def fade_interval(early, late):
    ### BEGIN SOLUTION
    found = paired_interval(late, early)
    return found.low, found.high
    ### END SOLUTION


# %% test="check_interval" points=3
lab.check_interval(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_interval(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 4: decide (2 points)
#
# Run all `lab.REPLICATIONS` pairs (numbers from 0) and decide: `"fades"`, `"grows"` or `"undecided"`. And which share (0 to 1) of the early mean lift is lost in the fourth year?

# %% [markdown] lang="zh"
# ## 任务4：作出判断（2分）
#
# 运行全部 `lab.REPLICATIONS` 对（编号从0起）并判断：`"fades"`（褪色）、`"grows"`（增强）或 `"undecided"`（不能判定）。此外，到第四年，前期平均提升中有多大比例（0到1）消失了？

# %% solution="decision"
decision = None
lost_share = None
### BEGIN SOLUTION
pairs = [run_pair(k) for k in range(lab.REPLICATIONS)]
early = np.array([lift(*pair, *lab.EARLY) for pair in pairs])
late = np.array([lift(*pair, *lab.LATE) for pair in pairs])
low, high = fade_interval(early, late)
decision = "fades" if low > 0 else "grows" if high < 0 else "undecided"
lost_share = 1 - late.mean() / early.mean()
### END SOLUTION

# %% test="check_decision" points=2
lab.check_decision(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. Expectations follow experience: the same programme lifts c = b / a less, because a has grown.
# 2. Compare the same people with the same luck, and change one thing only.
# 3. The interval decides. If it contains 0, the question is open, whatever the mean looks like.
# 4. A lift that has become small is not useless: take it away and people miss it.
#
# **Read on:** notebook [Satisfaction](../../../notebooks/en/03_satisfaction.ipynb); `crmsim lesson delight_fades --break` adds what happens on withdrawal, and when the claim turns.

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 期望随经历而变：同样的激励对 c = b / a 的提升越来越小，因为 a 变大了。
# 2. 比较同样的人、同样的运气，只改变一件事。
# 3. 由区间作出判断。若区间包含0，不论平均数如何，问题仍未有定论。
# 4. 提升变小并不等于没有用：一旦取消，人们会感到失落。
#
# **延伸阅读**：笔记本[满意度](../../../notebooks/zh/03_satisfaction.ipynb)；`crmsim lesson delight_fades --break --lang zh` 还展示取消激励的后果，以及论断何时不成立。
