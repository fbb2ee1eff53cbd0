"""Grammars as values and what they are made of: operations, rules, terminals, automata."""

from cadgen.lang.grammar.grammar import Grammar, parse

__all__ = ["Grammar", "parse"]
