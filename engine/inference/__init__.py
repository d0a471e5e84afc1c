"""Rules over facts: the engine-neutral form, two matchers, and the trace of what followed from what."""

from ..model.fact import Fact, Scalar
from .again import infer_again
from .begun import Begun
from .firing import Check, Computed, Firing, Operand
from .fixpoint import check_formulas, infer
from .matching import default_matcher
from .rule import Rule
from .ruleset import RuleSet
from .trace import Refusal, Trace

__all__ = [
    "Begun",
    "Check",
    "Computed",
    "Fact",
    "Firing",
    "Operand",
    "Refusal",
    "Rule",
    "RuleSet",
    "Scalar",
    "Trace",
    "check_formulas",
    "default_matcher",
    "infer",
    "infer_again",
]
