"""Checkpoints: folded states kept at some places of long deals, so that a question does not cost the whole history.

A checkpoint is a folded state at one place in fold order for one version; it is never closed and never wrong. A
question takes the nearest, folds on what lies between, and folds anew only the things on which the two bases differ.
"""
