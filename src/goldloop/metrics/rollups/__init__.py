"""What is counted ahead so that any range of days is answered in milliseconds: derived, rebuildable, exact.

`sums`: what adds up over days, by day, store and one cut. `cells`: who bought or visited on which day, with the day on
which she did before, from which distinct people of any range are counted without hashing anybody. `files` keeps both
beside the lake, `build` makes them and brings them up to date, `paths` says which of them answers a question.
"""
