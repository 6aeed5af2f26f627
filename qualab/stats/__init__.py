"""Analyses of votes: a table of one pair in, a Result out."""

from qualab.stats.preference import binomial, sign, sign_flip

ANALYSES = {"binomial": binomial, "sign": sign, "sign_flip": sign_flip}
