"""Targets: a year's goal down to every day of every store, exact to the minor unit, with rows locked by hand.

`targets` is the door, `goal` what is aimed at, `locks` what is held, `spread` the arithmetic.
"""
