"""Every formula over arrays gives what it gives for each number alone."""

from __future__ import annotations

import inspect
import math
import random

import numpy as np
import pytest

from engine.costs import FORMULAS
from engine.errors import RigwiseError
from engine.search import elements
from engine.search.lifting import lifted

ROWS = 120


def values(rng: random.Random, kind: str) -> object:
    if "Sequence" in kind:
        return tuple(np.array([number(rng) for _ in range(ROWS)]) for _ in range(3))
    return np.array([number(rng) for _ in range(ROWS)])


def number(rng: random.Random) -> float:
    pick = rng.random()
    if pick < 0.1:
        return 0.0
    if pick < 0.5:
        return float(rng.choice([1, 2, 3, 4, 6, 8, 16, 64, 128, 1024]))
    return rng.random() if pick < 0.7 else 10 ** rng.uniform(-6, 13)


def at(value: object, row: int) -> object:
    if isinstance(value, tuple):
        return tuple(at(part, row) for part in value)
    one = float(value[row])  # type: ignore[index]
    return int(one) if one.is_integer() else one


def numeric() -> list[str]:
    return sorted(
        name for name, formula in FORMULAS.items()
        if not any("str" in str(one.annotation) for one in inspect.signature(formula).parameters.values())
    )  # fmt: skip


@pytest.mark.parametrize("name", numeric())
def test_a_lifted_formula_is_the_formula(name: str) -> None:
    rng = random.Random(name)
    formula = FORMULAS[name]
    kinds = {one.name: str(one.annotation) for one in inspect.signature(formula).parameters.values()}
    given = {argument: values(rng, kind) for argument, kind in kinds.items()}
    with np.errstate(all="ignore"):
        out, refused = lifted(formula)(**given)
    out, refused = np.broadcast_to(out, (ROWS,)), np.broadcast_to(refused, (ROWS,))
    for row in range(ROWS):
        try:
            wanted = formula(**{argument: at(value, row) for argument, value in given.items()})
        except RigwiseError:
            assert refused[row] or not math.isfinite(out[row]), f"row {row} has to be refused"
        except (ArithmeticError, TypeError):
            continue  # no number at all: a rule never lets it come to that
        else:
            if not isinstance(wanted, complex) and math.isfinite(wanted):
                assert not refused[row]
                assert math.isclose(out[row], wanted, rel_tol=1e-9, abs_tol=1e-300), f"row {row}"


def test_most_formulas_are_lifted_whole() -> None:
    """Those that are not are evaluated for each distinct combination of arguments: right, but slow."""
    apart = [name for name in FORMULAS if not lifted(FORMULAS[name]).whole]
    assert len(apart) < len(FORMULAS) / 10, apart


def test_numbers_alone_go_through_the_formula_itself() -> None:
    assert lifted(FORMULAS["product"])(first=2, second=3) == (6, False)
    assert lifted(FORMULAS["ratio"])(part=1, whole=0)[1] is True


@pytest.mark.parametrize("exponent", [-4, -1, -0.25, 2, 3, 4])
def test_whole_numbers_have_powers_beyond_64_bits(exponent: float) -> None:
    rate = elements.pick(np.array([True, False]), 142 * 10**12, 284 * 10**12)
    wanted = [float(one) ** exponent for one in (142 * 10**12, 284 * 10**12)]
    assert elements.power(rate, exponent).tolist() == pytest.approx(wanted, rel=1e-12, abs=0)
    assert elements.power(np.array([142 * 10**12] * 2), exponent)[0] == pytest.approx(wanted[0], rel=1e-12, abs=0)


def test_whole_numbers_multiply_beyond_64_bits() -> None:
    rate = elements.pick(np.array([True, False]), 142 * 10**12, 284 * 10**12)
    product, refused = lifted(FORMULAS["product"])(first=rate, second=10**6)
    assert product.tolist() == [1.42e20, 2.84e20]
    assert not np.any(refused)
