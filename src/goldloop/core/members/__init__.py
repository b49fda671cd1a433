"""Customers as members: who buys again and for how much, groups by recency, frequency and amount, life cycle, second purchase.

`histories`, `repeat`, `spend` and `backtest` are the repurchase model; `rfm`, `lifecycle` and `second` describe what was.
Numbers in, numbers out: times in the unit stated, money in minor units.
"""
