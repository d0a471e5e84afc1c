"""What users ask: forgiving in, exact out; the quick and the lenient reading agree."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.checking.scenario import is_canonical, read_scenario
from engine.checking.scenario_fields import ALIASES, SCENARIO, Field
from engine.checking.scenario_lenient import normalised
from engine.checking.schemas import validator
from engine.errors import BadInput
from engine.reading import read_yaml

ROOT = Path(__file__).resolve().parents[2]
SOAK = int(os.environ.get("RIGWISE_SOAK", "0"))


def rig(**more: Any) -> dict[str, Any]:
    return {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 4}], **more}}


def work(**more: Any) -> dict[str, Any]:
    return {**rig(), "workload": more}


@pytest.mark.parametrize("path", sorted((ROOT / "tests" / "scenarios").glob("*.yaml")), ids=lambda path: path.stem)
def test_scenarios_of_the_suite(path: Path) -> None:
    asked = yaml.safe_load(path.read_text("utf-8"))["scenario"]
    found = read_scenario(asked)
    assert is_canonical(found) and found == asked
    assert list(validator("scenario").iter_errors(found)) == []


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.yaml")), ids=lambda path: path.stem)
def test_examples(path: Path) -> None:
    assert is_canonical(read_scenario(path))


@pytest.mark.parametrize(
    ("asked", "path", "value"),
    [
        ({"rig": {"gpus": "4x RTX 3090"}}, "rig.gpus", [{"gpu": "RTX 3090", "count": 4}]),
        ({"rig": {"gpu": ["2x3090", "4090"]}}, "rig.gpus", [{"gpu": "3090", "count": 2}, {"gpu": "4090", "count": 1}]),
        ({"rig": {"gpus": [{"gpu": 3090}]}}, "rig.gpus", [{"gpu": "3090", "count": 1}]),
        ({"rig": {"gpus": [{"name": "x", "n": "2"}]}}, "rig.gpus", [{"gpu": "x", "count": 2}]),
        (rig(psu="1.6 kW"), "rig.psu_w", 1600),
        (rig(psu_w="1,600 W"), "rig.psu_w", 1600),
        (
            rig(host={"ram": "64 GB", "ram_bandwidth": "0.08 TB/s"}),
            "rig.host",
            {"ram_gb": 64, "ram_bandwidth_gb_s": 80},
        ),
        (rig(bar1_mb="256 MiB"), "rig.bar1_mb", 268.435456),
        (rig(network="10 Gbit/s"), "rig.network_gbit_s", 10),
        (rig(p2p="no", acs="yes"), "rig.p2p", False),
        (rig(p2p="no", acs="yes"), "rig.acs_enabled", True),
        (rig(nvlink="0-1,2-3"), "rig.nvlink", [[0, 1], [2, 3]]),
        (rig(nvlink=[0, 1]), "rig.nvlink", [[0, 1]]),
        (rig(nvlink=[[0, 1], [1, 0]]), "rig.nvlink", [[0, 1]]),
        (rig(nvlink="Full"), "rig.nvlink", "full"),
        (rig(nvlink="none"), "rig.nvlink", []),
        (rig(pcie="4.0x16"), "rig.pcie", {"gen": 4, "lanes": 16}),
        (rig(pcie={"gen": "4", "lanes": "x16"}), "rig.pcie", {"gen": 4, "lanes": 16}),
        (rig(pcie=["4x16"] * 4), "rig.pcie", [{"gen": 4, "lanes": 16}] * 4),
        (rig(driver="P2P patched"), "rig.driver", "p2p_patched"),
        (
            work(context="8k", prompt="1,024", users="2"),
            "workload",
            {"context_tokens": 8192, "prompt_tokens": 1024, "users": 2},
        ),
        (work(engine_version=0.11), "workload.engine_version", "0.11"),
        (work(engine_flags="--a --b 'c d'"), "workload.engine_flags", ["--a", "--b", "c d"]),
        (work(parallelism={"tp": 2, "pp": 2}), "workload.parallelism", {"tensor": 2, "pipeline": 2}),
        (work(parallelism="auto"), "workload.parallelism", "auto"),
        (work(model="auto", quant=None), "workload", {}),
        (
            {**rig(), "goal": {"optimize": "Latency", "budget": "$1,500"}},
            "goal",
            {"optimize": "latency", "budget_usd": 1500},
        ),
        ({**rig(), "prices": {"rtx_3090": [700, 600]}}, "prices.rtx_3090", {"low": 600.0, "high": 700.0}),
        ({**rig(), "allow": {"nvlink_bridges": "no room"}}, "allow", {"nvlink_bridges": "no room"}),
    ],
)
def test_forgiving(asked: dict[str, Any], path: str, value: Any) -> None:
    before = copy.deepcopy(asked)
    found: Any = read_scenario(asked)
    assert is_canonical(found) and read_scenario(found) == found and asked == before
    assert list(validator("scenario").iter_errors(found)) == []
    for name in path.split("."):
        found = found[name]
    assert found == value


@pytest.mark.parametrize(
    ("asked", "place", "words"),
    [
        ({}, "rig", "missing"),
        ([], "", "mapping"),
        (None, "", "empty"),
        ("4x3090", "", "mapping"),
        ({"rig": {}}, "rig.gpus", "missing"),
        ({"rig": {"gpus": []}}, "rig.gpus", "at least one"),
        ({"rig": {"gpus": [{}]}}, "rig.gpus[0].gpu", "missing"),
        ({"rig": {"gpus": [{"gpu": "x", "count": 0}]}}, "rig.gpus[0].count", "at least 1"),
        ({"rig": {"gpus": [{"gpu": "x", "count": -2}]}}, "rig.gpus[0].count", "at least 1"),
        ({"rig": {"gpus": [{"gpu": "x", "count": 10**9}]}}, "rig.gpus[0].count", "at most 1024"),
        ({"rig": {"gpus": [{"gpu": "x", "count": 10**400}]}}, "rig.gpus[0].count", "at most 1024"),
        ({"rig": {"gpus": [{"gpu": "x", "count": 2.5}]}}, "rig.gpus[0].count", "whole"),
        ({"rig": {"gpus": [{"gpu": "x", "count": True}]}}, "rig.gpus[0].count", "number"),
        ({"rig": {"gpus": [{"gpu": "x", "count": 1000}] * 2}}, "rig.gpus", "1024"),
        ({"rig": {"gpus": [{"gpu": "x", "counts": 1}]}}, "rig.gpus[0].counts", "count"),
        (rig(psu_w=float("nan")), "rig.psu_w", "nan"),
        (rig(psu_w=float("inf")), "rig.psu_w", "inf"),
        (rig(psu_w="1e999"), "rig.psu_w", "large"),
        (rig(psu_w=0), "rig.psu_w", "more than 0"),
        (rig(psu_w="350 gallons"), "rig.psu_w", "units"),
        (rig(psuw=3), "rig.psuw", "psu_w"),
        (rig(nvlink=[[0, 4]]), "rig.nvlink[0]", "the last is 3"),
        (rig(nvlink=[[1, 1]]), "rig.nvlink[0]", "itself"),
        (rig(nvlink=[[0, -1]]), "rig.nvlink", "pair"),
        (rig(nvlink=True), "rig.nvlink", "pairs"),
        (rig(nvlink=[[0, 1, 2]]), "rig.nvlink", "pair"),
        (rig(pcie=[{"gen": 4, "lanes": 16}]), "rig.pcie", "1 slot for 4 cards"),
        (rig(pcie={"gen": 9, "lanes": 16}), "rig.pcie", "at most 7"),
        (rig(pcie={"gen": 4, "lanes": 3}), "rig.pcie", "1, 2, 4, 8, 16"),
        (rig(pcie={"gen": 4}), "rig.pcie", "lanes"),
        (rig(numa_nodes=[0, 0]), "rig.numa_nodes", "each card"),
        (rig(nodes=5), "rig.nodes", "5 machines with 4 GPUs"),
        (rig(p2p="maybe"), "rig.p2p", "true or false"),
        (rig(driver="patched_p2p"), "rig.driver", "p2p_patched"),
        (work(users=-1), "workload.users", "at least 1"),
        (work(parallelism={"tensor": 4, "pipeline": 2}), "workload.parallelism", "needs 8 GPUs"),
        (work(parallelism={"tensor": 0}), "workload.parallelism.tensor", "at least 1"),
        (work(quant="a", quantization="b"), "workload.quant", "same field"),
        (work(modle="x"), "workload.modle", "model"),
        (work(model={"a": 1}), "workload.model", "name"),
        (work(engine_flags=[["a"]]), "workload.engine_flags", "flags"),
        ({**rig(), "workload": [1]}, "workload", "fields"),
        ({**rig(), "goal": {"optimize": "speed"}}, "goal.optimize", "latency"),
        ({**rig(), "goal": {"budget_usd": -5}}, "goal.budget_usd", "at least 0"),
        ({**rig(), "workloads": {}}, "workloads", "workload"),
        ({**rig(), "allow": ["x"]}, "allow", "reason"),
        ({**rig(), "prices": {"a": -1}}, "prices", "price"),
        ({**rig(), 1: 2}, "1", "unknown field"),
    ],
)
def test_refused_with_place_and_hint(asked: Any, place: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        read_scenario(asked)
    assert place in str(caught.value) and words in str(caught.value)
    assert caught.value.hint and caught.value.exit_code == 2


def test_all_problems_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        read_scenario({**rig(psuw=3), "goal": {"optimize": "speed"}, "workload": {"users": 0}})
    assert all(name in str(caught.value) for name in ("3 things", "psuw", "goal.optimize", "workload.users"))


def test_places_of_a_file() -> None:
    asked = read_yaml("rig:\n  gpus:\n    - {gpu: rtx_3090, count: 0}\n", "mine.yaml")
    with pytest.raises(BadInput) as caught:
        read_scenario(asked)
    assert "mine.yaml:3:30 (rig.gpus[0].count)" in str(caught.value)


# the two readings


def values(field: Field) -> st.SearchStrategy[Any]:
    """Values of a field: right, nearly right and wrong."""
    odd = st.sampled_from(
        [
            None,
            "auto",
            "",
            " x ",
            True,
            False,
            0,
            1,
            -1,
            2.0,
            2.5,
            float("nan"),
            "2",
            "3 W",
            "4k",
            [],
            {},
            "none",
            "full",
            [[0, 1]],
            10**12,
            "yes",
        ]
    )
    if field.kind in ("section", "layout"):
        right: st.SearchStrategy[Any] = st.fixed_dictionaries(
            {}, optional={name: values(one) for name, one in field.fields.items()}
        )
    elif field.kind == "groups":
        group = st.fixed_dictionaries(
            {"gpu": st.just("rtx_3090")}, optional={"count": st.integers(1, 4), "power_limit_w": st.integers(100, 400)}
        )
        return st.one_of(st.lists(group, min_size=1, max_size=2), odd)
    elif field.kind == "word":
        right = st.sampled_from(field.choices)
    elif field.kind == "yes_no":
        right = st.booleans()
    elif field.kind in ("count", "lanes"):
        right = st.integers(1, 4)
    elif field.kind in ("amount", "money"):
        right = st.one_of(st.integers(1, 400), st.floats(1, 400))
    elif field.kind == "text":
        right = st.sampled_from(["qwq_32b", "RTX 3090", "0.11.0"])
    elif field.kind == "slots":
        right = st.sampled_from([{"gen": 4, "lanes": 16}, [{"gen": 4, "lanes": 16}], "4x16"])
    else:
        right = st.sampled_from([[], {}, [0], ["--x"], {"a": "b"}, {"a": {"low": 1.0, "high": 2.0}}])
    return st.one_of(right, right, right, odd)


def scenarios() -> st.SearchStrategy[dict[str, Any]]:
    optional = {name: values(field) for name, field in SCENARIO.items() if name != "rig"}
    return st.fixed_dictionaries({"rig": values(SCENARIO["rig"])}, optional=optional)


@settings(max_examples=100 + 2 * SOAK)
@given(scenarios())
def test_quick_and_lenient_agree(asked: dict[str, Any]) -> None:
    lenient, problems = normalised(asked)
    if is_canonical(asked):
        assert problems == [] and lenient == asked
    if not problems:
        assert is_canonical(lenient), lenient
        assert list(validator("scenario").iter_errors(lenient)) == []
    try:
        found = read_scenario(asked)
    except BadInput:
        return
    assert is_canonical(found) and read_scenario(found) == found


JUNK = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=10,
)


@settings(max_examples=100 + 2 * SOAK)
@given(
    st.sampled_from(["rig", "workload", "goal", "allow", "prices", "rig.gpus", "rig.nvlink", "workload.parallelism"]),
    JUNK,
)
def test_junk_is_refused_or_read(path: str, junk: Any) -> None:
    asked = rig()
    place = asked
    *parents, last = path.split(".")
    for name in parents:
        place = place.setdefault(name, {})
    place[last] = junk
    try:
        assert is_canonical(read_scenario(asked))
    except BadInput as error:
        assert error.message


def test_aliases_lead_to_fields() -> None:
    for section, names in ALIASES.items():
        fields = SCENARIO
        for step in section.split(".") if section else ():
            fields = fields[step].fields
        assert set(names.values()) <= set(fields) and not set(names) & set(fields), section


def test_a_scenario_in_order_costs_no_cerberus() -> None:
    code = (
        "import sys; from engine.checking.scenario import read_scenario;"
        "read_scenario({'rig': {'gpus': [{'gpu': 'rtx_3090', 'count': 4}]}});"
        "print(sorted({'cerberus', 'jsonschema', 'yaml', 'difflib'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
