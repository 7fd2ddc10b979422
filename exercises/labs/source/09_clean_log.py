# %% [markdown] lang="en"
# # Lab 9. Clean this log
#
# **From practice.** "Here is our export, just run the analysis." Dates in five forms, amounts with signs and commas, dollars among yuan, copies, returns, customers called N/A. Whoever audits this as it is gets numbers, and they are wrong.
#
# Write your own number behind `SEED`: the faults stand in other rows for everybody. Fill in the cells with three dots; the cell below each of them checks your answer. Amounts are in yuan (CNY) once you are done; one dollar is `lab.RATE` yuan, a rate made for this exercise.

# %% [markdown] lang="zh"
# # 实验9 清理这份交易记录
#
# **来自实践。** “这是我们导出的数据，直接分析吧。”日期有五种写法，金额带符号和逗号，人民币里混着美元，有重复、有退货，还有叫 N/A 的客户。谁要是原样分析，也能得到数字，只不过是错的。
#
# 请在 `SEED` 后写上您自己的数字：每个人的错误出现在不同的行。把三个点换成您的答案；其下的单元格会检查答案。清理后金额以元（CNY）计；1美元等于 `lab.RATE` 元，这是为练习设定的汇率。

# %%
LANG = "en"

# %%
SEED = 1

# %%
import re
import unicodedata

import pandas as pd

from crmsim import audit_customers
from crmsim.teaching.labs import clean_log as lab

dirty = lab.dirty_log(SEED)
dirty.head(40)

# %% [markdown] lang="en"
# ## Task 1: read a day (2 points)
#
# Write a function from text to `pd.Timestamp`. Forms in the log: `2024-03-05`, `2024/3/5`, `05.03.2024` (day first), `2024年3月5日`, `20240305`. For a day that is not in the calendar return `None`.

# %% [markdown] lang="zh"
# ## 任务1：读日期（2分）
#
# 请写一个函数，把文本变成 `pd.Timestamp`。记录中的写法有：`2024-03-05`、`2024/3/5`、`05.03.2024`（日在前）、`2024年3月5日`、`20240305`。日历上不存在的日期请返回 `None`。


# %% solution="days"
def read_day(text):
    ### BEGIN SOLUTION
    if "." in text:
        parts = text.split(".")[::-1]
    elif text.isdigit():
        parts = [text[:4], text[4:6], text[6:]]
    else:
        parts = re.findall(r"\d+", text)
    try:
        return pd.Timestamp(*(int(part) for part in parts))
    except ValueError:
        return None
    ### END SOLUTION


# %% test="check_days" points=2
lab.check_days(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_days(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 2: read an amount (2 points)
#
# Write a function from text and currency (`"CNY"` or `"USD"`) to a number in yuan. Expect `¥85.83`, `133,63` (a decimal comma), `1,380.74` (thousands), and full-width digits such as `８８．４３` (`unicodedata.normalize("NFKC", text)` makes them narrow).

# %% [markdown] lang="zh"
# ## 任务2：读金额（2分）
#
# 请写一个函数：输入文本与币种（`"CNY"` 或 `"USD"`），返回以元计的数。可能出现：`¥85.83`，`133,63`（逗号是小数点），`1,380.74`（千位分隔），以及全角数字如 `８８．４３`（`unicodedata.normalize("NFKC", text)` 可转为半角）。


# %% solution="amounts"
def read_amount(text, currency):
    ### BEGIN SOLUTION
    text = unicodedata.normalize("NFKC", text).strip("\u00a5 ")
    text = text.replace(",", "") if "." in text else text.replace(",", ".")
    return float(text) * (lab.RATE if currency == "USD" else 1)
    ### END SOLUTION


# %% test="check_amounts" points=2
lab.check_amounts(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_amounts(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 3: clean the log (4 points)
#
# Write a function from the dirty table to a clean one with `transaction`, `customer`, `date`, `amount`: one row per purchase, customers written as C0042, no returns, no rows whose customer or day nobody can know (nothing is later than `lab.LAST_DAY`), and nothing else lost. It is checked fault by fault.

# %% [markdown] lang="zh"
# ## 任务3：清理交易记录（4分）
#
# 请写一个函数，把未清理的表变成干净的表，含 `transaction`、`customer`、`date`、`amount`：每次购买一行，客户写作C0042，没有退货，没有客户或日期无从知晓的行（任何日期都不晚于 `lab.LAST_DAY`），其余一行不丢。检查会逐类错误进行。


# %% solution="clean"
def clean(dirty):
    ### BEGIN SOLUTION
    table = dirty.copy()
    table["customer"] = table["customer"].str.strip().str.upper()
    cells = zip(table["amount"], table["currency"], strict=True)
    table["amount"] = [read_amount(amount, currency) for amount, currency in cells]
    table["date"] = pd.to_datetime([read_day(text) for text in table["date"]])
    known = table["customer"].str.fullmatch(r"C\d+") & (table["date"] <= lab.LAST_DAY)
    return table[known & (table["amount"] > 0)].drop_duplicates("transaction").drop(columns="currency")
    ### END SOLUTION


# %% test="check_clean" points=4
lab.check_clean(globals(), LANG)
### BEGIN HIDDEN TESTS
lab.check_clean(globals(), LANG, seed=SEED + 1000)
### END HIDDEN TESTS

# %% [markdown] lang="en"
# ## Task 4: now audit it (2 points)
#
# How much revenue is in the cleaned log (yuan)? And which ten customers brought most of it? `audit_customers(log, currency="CNY").customers` has a row for each customer.

# %% [markdown] lang="zh"
# ## 任务4：现在可以审计了（2分）
#
# 清理后的交易记录共有多少收入（元）？收入最高的是哪十位客户？`audit_customers(log, currency="CNY").customers` 每位客户一行。

# %% solution="audit"
revenue = None
best_ten = None
### BEGIN SOLUTION
customers = audit_customers(clean(dirty)[["customer", "date", "amount"]], currency="CNY").customers
revenue = customers["revenue"].sum()
best_ten = list(customers["revenue"].nlargest(10).index)
### END SOLUTION

# %% test="check_audit" points=2
lab.check_audit(globals(), LANG)

# %% [markdown] lang="en"
# ## What to remember
#
# 1. A fault is repaired, merged, set apart or dropped; what nobody can know is never invented.
# 2. Order matters: trim and unify first, look for copies afterwards.
# 3. Look at every form before you write code, and count what each step changed.
#
# **Read on:** the [data sets](../../../datasets/README.md) have two more dirty tables; `check_cleaning` says how well you did. Then notebook [Grading customers](../../../notebooks/en/06_grading.ipynb).

# %% [markdown] lang="zh"
# ## 要点
#
# 1. 对错误可以修复、合并、另列或剔除；无从知晓的，绝不臆造。
# 2. 顺序很重要：先去空白、统一写法，再查重。
# 3. 写代码之前先看清每一种写法，并统计每一步改动了什么。
#
# **延伸阅读**：[数据集](../../../datasets/README.md)中还有两份未清理的表，`check_cleaning` 会告诉您清理得如何。然后请看笔记本[客户分级](../../../notebooks/zh/06_grading.ipynb)。
