"""What can be asked at the engine's socket beside tasks, and what it answers."""

from typing import Final

import msgspec

from quotidian.series.experiments.question import Experiment
from quotidian.series.experiments.report import ExperimentReport
from quotidian.series.explain.explanation import Explanation
from quotidian.series.explain.question import Question

LONGEST_SECONDS: Final = 10.0
"""How long an answer may take, waiting included."""


class Explain(msgspec.Struct, tag=True, frozen=True):
    """What a number of a workspace, which is given by its name, is made of; with a cursor, from there on."""

    workspace: str
    question: Question
    cursor: str | None = None


class Refused(msgspec.Struct, tag=True, frozen=True):
    """Why there is no answer: to a question that has none, or for the moment if `may_pass`."""

    message: str
    may_pass: bool


Asked = Explain | Experiment
Answered = Explanation | ExperimentReport | Refused
