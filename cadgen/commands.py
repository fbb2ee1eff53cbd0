"""The commands of `cadgen`, a line each. Standard library only: `cadgen --help` has to be quick."""

from typing import NamedTuple


class Command(NamedTuple):
    """module: what `python -m` is given; line: what it is for."""

    module: str
    line: str


COMMANDS = {
    "infer": Command("cadgen.infer", "pictures of parts to CadQuery programs, STEP and STL"),
    "app": Command("cadgen.app", "the same on a web page of this machine"),
    "train": Command("cadgen.train", "train a network, judge it, print the table"),
    "evaluate": Command("cadgen.evaluate", "judge a checkpoint on a dataset"),
    "score": Command("cadgen.score", "score what any model answered, programs or solids"),
    "compare": Command("cadgen.compare", "one table of several runs, with intervals"),
    "report": Command("cadgen.report", "one HTML file of judged runs, answer by answer"),
    "dashboard": Command("cadgen.dashboard", "a workspace and a report of wandb, for what was logged there"),
    "parts": Command("cadgen.parts", "a dataset of generated parts, with pictures"),
    "export": Command("cadgen.export", "the network of a run as it ships"),
    "doctor": Command("cadgen.doctor", "what works on this machine, what does not, and the remedy"),
    "completion": Command("cadgen.completion", "what a shell needs to complete all this"),
}
