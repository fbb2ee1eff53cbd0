"""How far apart two words are."""


def distance(one: str, two: str, limit: int) -> int | None:
    """How many letters to drop, add, change or swap with a neighbour to get from `one` to `two`; None if > limit."""
    if abs(len(one) - len(two)) > limit or sum(letter not in two for letter in set(one)) > limit:
        return None
    before: list[int] = []
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, start=1):
        last, before, row = before, row, [i]
        for j, other in enumerate(two, start=1):
            steps = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == two[j - 2] and one[i - 2] == other:
                steps = min(steps, last[j - 2] + 1)
            row.append(steps)
        if min(row) > limit:
            return None
    return row[-1] if row[-1] <= limit else None
