"""The plan of a month as one system of equations: fix what is known, and the rest follows, clashes or is missing.

`plan` is the door (`plan_solve`), `variables` the table, `solution` the mathematics, `words` the sentences.
"""
