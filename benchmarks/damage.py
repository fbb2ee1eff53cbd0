"""Damaged programs for measuring repair, and the remedy that repair is compared with."""

import re
from random import Random

SINGLE_EDITS = ("dropped bracket", "misspelt method", "dropped argument")
KINDS = (*SINGLE_EDITS, "truncation")
_CLOSING = {"(": ")", "[": "]"}


def damage(code: str, kind: str, random: Random) -> str:
    """`code` with one damage of `kind` at a random place after the import."""
    if kind == "truncation":
        return code[: random.randrange(code.index("\n") + 2, len(code) - 1)]
    if kind == "dropped bracket":
        place = random.choice([i for i, c in enumerate(code) if c in "()[]"])
        return code[:place] + code[place + 1 :]
    if kind == "misspelt method":
        name = random.choice([m for m in re.finditer(r"\.([a-zA-Z0-9]{3,})\(", code) if m[1] != "Workplane"])
        return code[: name.start(1)] + _misspelt(name[1], random) + code[name.end(1) :]
    argument = random.choice(list(re.finditer(r"(?<=[(,])-?[0-9.]+,|,-?[0-9.]+(?=[),])|(?<=\()-?[0-9.]+(?=\))", code)))
    return code[: argument.start()] + code[argument.end() :]


def _misspelt(name: str, random: Random) -> str:
    """One letter dropped, doubled, swapped with the next or changed; never the name itself."""
    place = random.randrange(len(name) - 1)
    before, letter, after = name[:place], name[place], name[place + 1 :]
    changed = random.choice("abcdefghijklmnopqrstuvwxyz".replace(letter.lower(), ""))
    written = random.choice([after, letter * 2 + after, after[0] + letter + after[1:], changed + after])
    return before + written if before + written != name else before + after


def balance(code: str) -> str:
    """The bracket-balancing baseline: closing brackets without an opening one go, missing ones end their line."""
    lines = []
    for line in code.splitlines():
        kept, waiting = [], []
        for letter in line:
            if letter in ")]":
                if not waiting or waiting[-1] != letter:
                    continue
                waiting.pop()
            kept.append(letter)
            if letter in _CLOSING:
                waiting.append(_CLOSING[letter])
        lines.append("".join(kept + waiting[::-1]))
    return "\n".join(lines) + "\n"
