"""Runs that are too long for a build: one module an experiment, one command each.

``python -m dlbook.claims.runs NAME`` repeats a run and prints what the ledger keeps of
it, ready to be pasted: a figure for each seed, when and on what machine it was made,
and the losses of its first 20 steps. The tests replay those steps from the same seed.
Without a name the command lists the runs.
"""
