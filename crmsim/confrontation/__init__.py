"""Truth beside estimate: methods that value customers, on the log a firm would have, and what came of it."""
