"""The answer of `plan`: what it says is true of its own numbers, and the printed commands compute it again."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from engine.advice.recommend import Answer
from engine.asking.outputs import legible
from engine.asking.plans import planned
from engine.errors import BadInput, UnknownName
from engine.model.quantity import dollars
from engine.reading import Knowledge
from engine.search.build import Layout
from engine.search.plan import Plan
from engine.search.prices import PriceList
from engine.search.programs import software
from engine.search.question import asked
from engine.search.space import UNLINKED, Space
from engine.search.spending import why_cost
from engine.search.upgrade import Upgraded
from engine.showing import markdown, pages, plan_html
from engine.showing.plan_words import in_words

ROOT = Path(__file__).resolve().parent.parent.parent
SCHEMA = json.loads((ROOT / "schemas/output/plan.schema.json").read_text("utf-8"))


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "cli.py", *words], cwd=ROOT, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def document(plan: Plan) -> dict:  # type: ignore[type-arg]
    return plan.document()


def test_the_document_keeps_its_schema(document: dict) -> None:  # type: ignore[type-arg]
    jsonschema.validate(json.loads(json.dumps(document)), SCHEMA)


def test_every_row_keeps_every_limit(document: dict) -> None:  # type: ignore[type-arg]
    assert document["front"]
    for row in document["front"]:
        assert row["user_decode_tok_s"]["value"] >= 15
        assert row["cost_usd"]["value"] <= 6000
        low = sum(part["count"] * part["low"] for part in row["parts"])
        assert row["cost_usd"]["low"] == pytest.approx(low)


def test_the_best_is_the_cheapest(document: dict) -> None:  # type: ignore[type-arg]
    costs = {row["id"]: row["cost_usd"]["value"] for row in document["front"]}
    assert costs[document["best"]] == min(costs.values())


def test_the_printed_command_computes_the_row(document: dict) -> None:  # type: ignore[type-arg]
    row = next(one for one in document["front"] if one["id"] == document["best"])
    words = shlex.split(row["estimate"])
    found = json.loads(run(*words[1:], "--format", "json").stdout)["estimate"]
    assert row["user_decode_tok_s"]["value"] == pytest.approx(1e3 / found["tpot_ms"]["value"])
    for name in (
        "decode_tok_s",
        "user_decode_tok_s",
        "tokens_per_joule",
        "prefill_tok_s",
        "output_throughput_tok_s",
        "power_w",
    ):
        for end in ("value", "low", "high"):
            assert found[name][end] == pytest.approx(row[name][end], rel=1e-9), (name, end)


def test_the_printed_why_proves_the_row(document: dict) -> None:  # type: ignore[type-arg]
    row = document["front"][-1]
    answer = run(*shlex.split(row["why"])[1:], "--depth", "1")
    assert answer.returncode == 0 and answer.stdout.startswith(f"{row['proves']}: "), answer.stderr


def test_the_cost_of_a_row_is_proved(document: dict, knowledge: Knowledge) -> None:  # type: ignore[type-arg]
    """Recomputed from the prices that the proof gives; the prices are those of the knowledge."""
    row = document["front"][0]
    proofs = why_cost(row, knowledge)["proofs"]

    def value(name: str) -> float:
        node = proofs[name]
        if node["kind"] == "given":
            assert node["origin"]
            return float(node["value"])
        inputs = [value(one) for own in node["inputs"].values() for one in ([own] if isinstance(own, str) else own)]
        found = sum(inputs) if node["formula"] == "total" else inputs[0] * inputs[1]
        assert found == pytest.approx(node["value"])
        return found

    assert value("cost") == pytest.approx(row["cost_usd"]["value"])
    told = [node["origin"] for node in proofs.values() if node["kind"] == "given" and node["sources"]]
    assert told and all(one.startswith("knowledge/") for one in told)


def test_one_kind_of_card_under_all_engines_is_told_as_the_rules_have_it(knowledge: Knowledge) -> None:
    """Columns of one card alone are whole numbers; each row shown is held against the rules, to nine digits."""
    found = Plan({"model": "llama-3.3-70b", "gpu": ["rtx_3090"], "slots": 2, "rows": 100}, knowledge).document()
    assert len(found["front"]) > 1


def test_the_machine_around_the_cards_is_told_apart(document: dict) -> None:  # type: ignore[type-arg]
    """The parts that are no card and no bridge; the verdict has their sum, and how to leave it out."""
    best = next(row for row in document["front"] if row["id"] == document["best"])
    around = [part for part in best["parts"] if part["item"].startswith(("platform_", "psu_", "ram_"))]
    assert best["machine_usd"]["high"] == pytest.approx(sum(part["count"] * part["high"] for part in around))
    assert dollars(best["machine_usd"]["low"], best["machine_usd"]["high"]) in document["verdict"]["includes"]
    assert "--from" in document["verdict"]["includes"]


def test_rows_that_differ_in_the_power_limit_alone_are_one(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-8b", "users": 4, "gpu": ["rtx_5090"], "engine": ["vllm"], "slots": 1, "rows": 50}
    plan = Plan(flags, knowledge)
    document = plan.document()
    limits = {hit.candidate.build.power for _, hit in plan.found.front}
    assert len(limits) > 1 and document["searched"]["front"] > len(document["front"])
    own = [(row["platform"], row["quantization"], row["kv_quantization"], row["driver"]) for row in document["front"]]
    assert len(own) == len(set(own))
    assert any(" W a card" in row.get("other_limits", "") for row in document["front"])


def test_a_rig_that_does_not_run_what_is_asked_has_no_numbers(knowledge: Knowledge) -> None:
    """The card computes them all the same; the rules of misfits say that it cannot be."""
    start = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}]},
             "workload": {"model": "llama_3_3_70b", "engine": "vllm", "quantization": "fp8"}}  # fmt: skip
    flags = {"gpu": ["rtx_3090"], "engine": ["vllm"], "slots": 2, "budget": 2000}
    found = Plan(flags, knowledge, start=start).document()
    jsonschema.validate(json.loads(json.dumps(found)), SCHEMA)
    assert found["now"]["stopped"] and "decode_tok_s" not in found["now"]
    assert all("the model runs" in row["over_now"] for row in found["front"]) and found["front"]
    assert "it does not run: " in pages.text("plan", found, width=200) and "it does not run: " in plan_html.text(found)


def test_nothing_feasible_says_what_binds(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-70b", "decode": 1e5, "gpu": ["rtx_3090"], "engine": ["vllm"]}
    found = Plan(flags, knowledge).document()
    assert found["front"] == [] and found["best"] is None
    assert [one["limit"] for one in found["misses"]] == ["decode"]
    assert "decode" in found["verdict"]["text"]


def test_what_would_be_enough_is_told_with_numbers_that_are_enough(knowledge: Knowledge) -> None:
    """A limit moved as far as it says, and fewer users as it says: the same search finds what it names."""
    flags = {"model": "llama-3.1-70b", "users": 4, "decode": 20, "budget": 4700.0, "gpu": ["rtx_3090"],
             "engine": ["vllm"], "slots": 4, "quant": ["awq_int4"]}  # fmt: skip
    found = Plan(flags, knowledge).document()
    assert found["best"] is None
    misses = {one["limit"]: one for one in found["misses"]}
    assert set(misses) == {"budget", "user_decode"} and misses["user_decode"]["needed"] < 20
    assert "$" in found["verdict"]["text"] and "for each user" in found["verdict"]["text"]
    enough = Plan({**flags, "budget": misses["budget"]["needed"]}, knowledge)
    assert enough.found.best is not None and enough.found.best.middle == misses["budget"]["needed"]
    slower = Plan({**flags, "decode": misses["user_decode"]["needed"]}, knowledge)
    assert slower.found.best is not None
    tighter = Plan({**flags, "decode": misses["user_decode"]["needed"] * 1.001}, knowledge)
    assert tighter.found.best is None


def test_fewer_users_and_less_context_are_told_to_the_last_one(knowledge: Knowledge) -> None:
    """The most of all builds within the other limits, not of one: a search of its own does it with that many, and none
    does it with one more."""
    flags = {"model": "llama-3.1-8b", "users": 40, "context": 65536, "decode": 40, "budget": 1600.0, "slots": 1,
             "gpu": ["rtx_3090", "rtx_5060_ti_16gb"], "engine": ["vllm", "llama_cpp"]}  # fmt: skip
    own = {"rtx_3090": {"low": 750, "high": 750}, "rtx_5060_ti_16gb": {"low": 450, "high": 450}}
    found = Plan(flags, knowledge, own).document()
    told = {one["by"]: one for one in found["relaxed"] if not one["lacks"]}
    users = next(int(by.split()[0]) for by in told if by.endswith("at once"))
    assert 1 < users < 39
    assert Plan({**flags, "users": users}, knowledge, own).found.best is not None
    assert Plan({**flags, "users": users + 1}, knowledge, own).found.best is None
    alone = {**flags, "users": 1, "decode": 20, "context": 131072, "quant": ["bf16"]}
    by = [one["by"] for one in Plan(alone, knowledge, own).document()["relaxed"] if not one["lacks"]]
    context = next(int(one.split()[2].replace(",", "")) for one in by if one.startswith("room for"))
    assert 2048 < context < 131072 - 1024
    assert Plan({**alone, "context": context}, knowledge, own).found.best is not None
    assert Plan({**alone, "context": context + 1024}, knowledge, own).found.best is None


def test_a_target_for_one_alone_is_another_than_for_each_of_several(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-8b", "users": 16, "gpu": ["rtx_3090"], "engine": ["vllm"], "slots": 1}
    (row,) = {row["user_decode_tok_s"]["value"]: row for row in Plan(flags, knowledge).document()["front"][:1]}.values()
    between = (row["user_decode_tok_s"]["value"] + row["decode_tok_s"]["value"]) / 2
    assert Plan({**flags, "decode_alone": between}, knowledge).document()["best"] is not None
    assert asked({**flags, "decode": between}, knowledge).targets == {"user_decode": between}
    assert asked({**flags, "users": 1, "decode": 9, "decode_alone": 7}, knowledge).targets == {"decode": 9}


def test_a_terminal_without_the_letters_gets_others(document: dict) -> None:  # type: ignore[type-arg]
    text = pages.text("plan", document, width=80)
    assert "× GeForce" in text and "x GeForce" in legible(text, "ascii") and legible(text, "utf-8") == text


def test_pages_call_things_by_their_names(document: dict) -> None:  # type: ignore[type-arg]
    """Keys stand in commands alone, and in JSON and CSV."""
    words = pages.text("plan", document, width=100) + plan_html.text(document) + markdown.text("plan", document)
    said = re.sub(r"rigwise estimate(\\\n|.)*", "", words)
    keys = {key for folder in document["names"].values() for key in folder if "_" in key}
    assert "rtx_3090" in keys and not keys & set(re.findall(r"[a-z0-9_]+", said))


def test_the_text_keeps_to_the_width(document: dict) -> None:  # type: ignore[type-arg]
    for width in (60, 80):
        lines = pages.text("plan", document, width=width).splitlines()
        assert max(map(len, lines)) <= width, max(lines, key=len)


def test_own_prices_turn_the_plan(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-8b", "decode": 20, "gpu": ["rtx_3090", "rtx_4090"], "engine": ["vllm"], "slots": 1}
    dear = Plan(flags, knowledge, {"rtx_3090": {"low": 5000, "high": 5000}}).document()
    cheap = Plan(flags, knowledge, {"rtx_3090": {"low": 50, "high": 50}}).document()
    assert {row["gpu"] for row in dear["front"] if row["id"] == dear["best"]} == {"rtx_4090"}
    assert {row["gpu"] for row in cheap["front"] if row["id"] == cheap["best"]} == {"rtx_3090"}


def test_a_miss_by_a_hair_is_named(knowledge: Knowledge) -> None:
    """What is asked is just more than the card gives."""
    flags = {"model": "llama-3.1-70b", "gpu": ["rtx_3090"], "engine": ["exllama"], "quant": ["exl2_4_0bpw"],
             "p2p_driver": False, "slots": 2, "kv": "f16"}  # fmt: skip
    most = max(row["decode_tok_s"]["value"] for row in Plan({**flags, "decode": 1}, knowledge).document()["front"])
    found = Plan({**flags, "decode": most * 1.001}, knowledge).document()
    assert found["best"] is None
    assert {one["build"]: one["status"] for one in found["popular"]}["2× rtx_3090"] == "near"
    assert "2× rtx_3090" in found["near"]["says"] and "0.1% off" in found["near"]["misses"]


def test_watts_that_bind_are_kept_by_power_limits(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-70b", "gpu": ["rtx_3090"], "engine": ["vllm"], "quant": ["awq_int4"], "slots": 4}
    builds = Space(asked({**flags, "max_watts": 900}, knowledge), knowledge, PriceList(knowledge)).hardware()
    assert {(one.count, one.power) for one in builds} == {
        (1, 350), (1, 280), (1, 245), (2, 350), (2, 280), (2, 245), (3, 280), (3, 245), (4, 225),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "error"),
    [
        ({}, BadInput),
        ({"model": "no-such-model"}, UnknownName),
        ({"model": "llama-3.1-8b", "users": 0}, BadInput),
        ({"model": "llama-3.1-8b", "context": 10, "prompt": 1000}, BadInput),
        ({"model": "llama-3.1-8b", "context": 10**7}, BadInput),
        ({"model": "llama-3.1-8b", "slots": 99}, BadInput),
        ({"model": "llama-3.1-8b", "brand": ["nvida"]}, BadInput),
        ({"model": "llama-3.1-8b", "gpu": ["rtx 3091"]}, UnknownName),
        ({"model": "llama-3.1-8b", "engine": ["ollama"], "quant": ["fp8"]}, BadInput),
    ],
)
def test_wrong_requests_are_refused(flags: dict, error: type[Exception], knowledge: Knowledge) -> None:  # type: ignore[type-arg]
    with pytest.raises(error):
        Plan(flags, knowledge)


def test_recommend_never_imports_numpy() -> None:
    code = (
        "import sys; sys.argv = ['rigwise', 'recommend', 'examples/4x3090_vllm.yaml']\n"
        "import cli\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "assert 'numpy' not in sys.modules"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert found.returncode == 0, found.stderr


def test_other_forms(document: dict) -> None:  # type: ignore[type-arg]
    """CSV, HTML, SVG and Markdown tell every row; the page asks for nothing outside of itself."""
    import csv
    import io
    from xml.etree import ElementTree

    from engine.showing import plan_picture, plan_table

    rows = list(csv.DictReader(io.StringIO(plan_table.csv_text(document))))
    assert [row["id"] for row in rows] == [row["id"] for row in document["front"]]
    page = plan_html.text(document)
    fetched = re.sub(r'<a href="https://[^"]*"', "", page).replace("http://www.w3.org/2000/svg", "")
    assert page.count("<a href=") > 2 and "http" not in fetched
    drawn = ElementTree.fromstring(plan_picture.svg(document))
    assert len(drawn.findall(".//{http://www.w3.org/2000/svg}circle")) == len(document["front"])
    assert all(row["says"] in markdown.text("plan", document) for row in in_words(document)["front"])


def test_a_rig_that_is_there_is_upgraded(knowledge: Knowledge) -> None:
    """Nothing slower than now, what is sold counts, and mixed rigs have the numbers of the rules (checked inside)."""
    start = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 2}]},
             "workload": {"model": "qwen3_32b", "engine": "vllm", "quantization": "awq_int4"}}  # fmt: skip
    flags = {"budget": 2500, "gpu": ["rtx_3090", "rtx_4090"], "engine": ["llama_cpp", "vllm"], "slots": 4, "rows": 40}
    found = Plan(flags, knowledge, start=start).document()
    jsonschema.validate(json.loads(json.dumps(found)), SCHEMA)
    now = found["now"]["decode_tok_s"]["value"]
    assert all(row["decode_tok_s"]["value"] >= now * 0.999 for row in found["front"])
    assert any(row["cost_usd"]["value"] == 0 for row in found["front"])
    for row in found["front"]:
        for part in row["parts"]:
            assert part["count"] > 0 or part["item"] == "rtx_3090"


@pytest.mark.parametrize("gpu", ["m2_max", "gb10", "jetson_agx_orin_64gb", "rtx_3080_laptop"])
def test_nothing_is_bought_for_a_machine_without_slots(gpu: str, knowledge: Knowledge) -> None:
    """The rule that bars purchases for `recommend` bars them here; settings and programs are left."""
    start = {"rig": {"gpus": [{"gpu": gpu, "count": 1}]}, "workload": {"model": "llama_3_1_8b"}}
    flags = {"budget": 3000, "gpu": ["arc_b580", "rtx_3090"], "engine": ["llama_cpp"], "slots": 2}
    found = Plan(flags, knowledge, start=start).document()
    assert found["front"] and all(row["parts"] == [] for row in found["front"])
    assert found["searched"]["left_out"] == {"of the rig GPU and memory are built in": ["rtx_3090", "arc_b580"]}


def test_a_rig_that_does_it_already_is_left_as_it_is(tmp_path: Path) -> None:
    """And it is judged by what is asked, not by what its file says it runs."""
    rig = tmp_path / "rig.yaml"
    rig.write_text("rig: {gpus: [{gpu: rtx_3090, count: 2}]}\nworkload: {model: qwen3_32b}\n", "utf-8")
    flags = {"start": str(rig), "model": "llama_3_3_70b", "gpu": ["rtx_3090"], "engine": ["llama_cpp"], "slots": 2}
    found = {least: planned({**flags, "decode": least}, [], None)[0] for least in ("1", "500")}
    assert found["1"]["verdict"]["text"].startswith("Do nothing") and found["1"]["best"] is None
    assert not found["500"]["verdict"]["text"].startswith("Do nothing")
    assert all(5 < one["now"]["decode_tok_s"]["value"] < 22 for one in found.values())


@pytest.mark.parametrize("model", ["llama-3.1-70b", "qwen3-30b-a3b"])
def test_a_budget_decides_candidates_and_loses_none(model: str, knowledge: Knowledge) -> None:
    """Those of a build beyond the budget are counted as they would be searched; none that is left is far beyond it."""

    def searched(budget: float) -> tuple[int, int, list[float]]:
        question = asked({"model": model, "users": 2, "slots": 3, "gpu": ["rtx_3090"], "budget": budget}, knowledge)
        space = Space(question, knowledge, PriceList(knowledge))
        blocks = [block for block in space.blocks() if block.size]
        prices = [sum(build.cost) / 2 for block in blocks for build in block.catalogue.builds]
        return sum(block.size for block in blocks), sum(space.beyond.values()), prices

    everything, none, prices = searched(1e6)
    assert none == 0
    budget = sorted(prices)[len(prices) // 2]
    own, beyond, left = searched(budget)
    assert own + beyond == everything
    assert budget <= max(left) <= budget * 1.03
    assert own < everything


def test_a_row_says_that_an_engine_has_to_be_old_as_recommend_does(knowledge: Knowledge) -> None:
    flags = {
        "model": "llama-3.1-70b",
        "users": 8,
        "engine": ["vllm"],
        "gpu": ["v100_pcie_32gb", "rtx_a6000"],
        "slots": 2,
    }
    plan = Plan({**flags, "rows": 200}, knowledge, {"v100_pcie_32gb": {"low": 600, "high": 700}})
    rows = plan.document()["front"]
    assert {row["gpu"] for row in rows} == {"v100_pcie_32gb", "rtx_a6000"}
    for row in rows:
        assert any("v0.14" in one for one in row["doubts"]) is (row["gpu"] == "v100_pcie_32gb"), row["doubts"]
    row = next(one for one in rows if one["gpu"] == "v100_pcie_32gb")
    asked_again = {name: row["scenario"][name] for name in ("rig", "workload", "goal")}
    cautions = Answer(asked_again, knowledge).recommendation(brief=True)["verdict"]["cautions"]
    assert any("v0.14" in one["says"] for one in cautions)


def test_layouts_that_leave_cards_idle_are_left_out_where_fewer_cards_do_as_well(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried everywhere they bring nothing to the front; a faster card may leave an old one idle."""
    start = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}, {"gpu": "rtx_3060", "count": 1}]},
             "workload": {"model": "qwen3_14b", "engine": "vllm", "quantization": "awq_int4"}}  # fmt: skip
    flags = {"gpu": ["rtx_4060_ti_16gb", "rtx_4090"], "engine": ["llama_cpp", "vllm"], "slots": 3}
    found = Plan(flags, knowledge, start=start)
    monkeypatch.setattr(Upgraded, "spare", True)
    everywhere = Plan(flags, knowledge, start=start)
    assert found.found.candidates < everywhere.found.candidates
    numbers = [[row for row, _ in one.found.front] for one in (found, everywhere)]
    assert numbers[0] == numbers[1] and numbers[0]


def test_more_cards_share_the_lanes_of_the_board_that_is_there(knowledge: Knowledge) -> None:
    """As the layouts of its platform have them, and none where a slot would have fewer than are asked for."""
    start = {"rig": {"gpus": [{"gpu": "rtx_3090", "count": 1}], "pcie": {"gen": 4, "lanes": 16},
                     "host": {"platform": "am5"}},
             "workload": {"model": "qwen3_32b", "engine": "vllm", "quantization": "awq_int4"}}  # fmt: skip
    flags = {"gpu": ["rtx_3090", "rtx_4090"], "engine": ["vllm"], "slots": 8, "min_lanes": 8}
    question = asked({**flags, "model": "qwen3_32b"}, knowledge)
    builds = Space(question, knowledge, PriceList(knowledge), Plan(flags, knowledge, start=start).start).every
    lanes = {one.count: {slot["lanes"] for slot in one.rig()["pcie"]} for one in builds if one.host.platform == "am5"}
    assert lanes == {1: {16}, 2: {8}}


def test_nobody_is_sent_to_a_format_whose_kernels_are_in_doubt(knowledge: Knowledge) -> None:
    """As `recommend` has it by the same rule; whoever names the format gets it, with the doubt said."""
    (doubted, *_) = knowledge.entries["engines"]["vllm"]["untabled_kernels"]
    flags = {"model": "qwen3_32b", "gpu": ["rx_7900_xtx"], "engine": ["vllm"], "slots": 2, "rows": 50}
    formats = {row["quantization"] for row in Plan(flags, knowledge).document()["front"]}
    assert doubted["vendor"] == "amd" and formats and doubted["quantization"] not in formats
    named = Plan({**flags, "quant": [doubted["quantization"]]}, knowledge).document()["front"]
    assert named and all(any("does not list it" in one for one in row["doubts"]) for row in named)


def test_cards_that_stay_are_neither_bought_nor_sold(knowledge: Knowledge) -> None:
    rig = {"gpus": [{"gpu": "rtx_3090", "count": 1}, {"gpu": "rtx_3060", "count": 2}], "psu_w": 1600}
    start = Plan({"gpu": ["rtx_3090"], "engine": ["llama_cpp"]}, knowledge,
                 start={"rig": rig, "workload": {"model": "qwen3_8b"}}).start  # fmt: skip
    question = asked({"model": "qwen3-8b", "gpu": ["rtx_3090"]}, knowledge)
    builds = Space(question, knowledge, PriceList(knowledge), start).hardware()
    parts = {one.words: {price.item: count for price, count in one.parts} for one in builds}
    assert parts["1× rtx_3090 alone, the others sold"] == {"rtx_3060": -2}
    assert parts["2× rtx_3090 alone, the others sold"] == {"rtx_3090": 1, "rtx_3060": -2}


def test_experts_are_put_in_no_more_memory_than_a_board_takes(knowledge: Knowledge) -> None:
    question = asked({"model": "deepseek-v3", "gpu": ["rtx_5090"], "slots": 1}, knowledge)
    builds = Space(question, knowledge, PriceList(knowledge)).hardware()
    most = {key: one.get("most_memory_gb") for key, one in knowledge.entries["platforms"].items()}
    rams = [(one.host.ram, most[one.host.platform]) for one in builds if one.host.platform]
    assert any(ram > 300 for ram, _ in rams)
    assert all(limit is None or ram <= limit for ram, limit in rams)


def test_where_nothing_runs_more_cards_are_tried(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-405b", "slots": 1, "gpu": ["rtx_pro_6000_blackwell_ws"], "engine": ["vllm"]}
    found = Plan(flags, knowledge).document()
    assert found["searched"]["running"] == 0
    (more,) = found["relaxed"]
    number = int(more["by"].removeprefix("slots for ").removesuffix(" cards"))
    assert 1 < number < 8 and more["says"].startswith(f"{number}× ")


def test_cards_of_two_vendors_are_told_or_refused(knowledge: Knowledge) -> None:
    """One model over both by layers alone, under the engine that can, and said."""
    start = {"rig": {"gpus": [{"gpu": "rtx_3060", "count": 1}]},
             "workload": {"model": "qwen3_32b", "engine": "llama_cpp", "quantization": "q4_k_m"}}  # fmt: skip
    flags = {"gpu": ["rx_9070_xt"], "engine": ["llama_cpp", "vllm"], "slots": 2, "rows": 50, "budget": 900}
    rows = [row for row in Plan(flags, knowledge, start=start).document()["front"] if "added" in row["says"]]
    assert rows
    for row in rows:
        assert row["engine"] == "llama_cpp" and row["layout"]["tensor"] == 1
        assert any("both vendors" in one for one in row["doubts"]), row["doubts"]


def test_nobody_is_sent_to_what_was_never_measured_of_a_maker(knowledge: Knowledge) -> None:
    """By the list of what was measured, and said of whoever names the card; a named rig counts as named."""
    measured = {(knowledge.entries["gpus"][one["gpu"]]["vendor"], one["stratum"].split("_")[0])
                for one in knowledge.calibration["measured"]}  # fmt: skip
    assert ("amd", "single") in measured and ("amd", "tensor") not in measured
    question = asked({"model": "qwen3-32b", "slots": 2}, knowledge)
    space = Space(question, knowledge, PriceList(knowledge))
    pairs = {build.gpu: build for build in space.every if build.count == 2}
    copies, shared = Layout(1, 1, 2, "none"), Layout(2, 1, 1, "tensor")
    assert [space.measured.tried(pairs["rx_7900_xtx"], one) for one in (copies, shared)] == [True, False]
    assert [space.measured.tried(pairs["rtx_3090"], one) for one in (copies, shared)] == [True, True]
    flags = {"model": "llama-3.3-70b", "gpu": ["rx_7900_xtx"], "engine": ["llama_cpp"], "slots": 2}
    rows = Plan(flags, knowledge).document()["front"]
    assert rows and all(any("was measured" in one for one in row["doubts"]) for row in rows)


def test_a_model_that_its_maker_has_in_four_bits_is_tried_as_it_is(knowledge: Knowledge) -> None:
    """Unless another format is named, or more bits are asked for; never in fewer."""

    def formats(**flags: object) -> set[str]:
        return {one.quantization for one in software(asked({"model": "gpt-oss-20b", **flags}, knowledge), knowledge)}

    assert formats() == {"mxfp4", "mxfp4_gguf"}
    assert formats(min_bits=2.5) == {"mxfp4", "mxfp4_gguf"}
    assert formats(quant=["q4_k_m"]) == {"q4_k_m"}
    assert "q8_0" in formats(min_bits=8) and not {"mxfp4", "q4_k_m"} & formats(min_bits=8)


def test_a_row_says_that_its_card_is_left_behind_by_its_makers_toolkit(knowledge: Knowledge) -> None:
    flags = {
        "model": "llama-3.1-8b",
        "gpu": ["p100_pcie_16gb"],
        "slots": 1,
        "engine": ["llama_cpp"],
        "quant": ["q4_k_m"],
    }
    found = Plan(flags, knowledge).document()
    assert all(any("CUDA 12.9" in doubt for doubt in row["doubts"]) for row in found["front"]) and found["front"]
    assert any("CUDA 12.9" in caution for caution in found["verdict"]["cautions"])


def test_nvlink_is_demanded_or_left_out(knowledge: Knowledge) -> None:
    flags = {"model": "llama-3.1-8b", "gpu": ["rtx_3090", "rtx_4090"], "slots": 4}

    def space(links: str) -> Space:
        return Space(asked({**flags, "links": links}, knowledge), knowledge, PriceList(knowledge))

    joined, without = space("nvlink"), space("none")
    assert {(one.gpu, one.count, one.links) for one in joined.every} == {
        ("rtx_3090", 2, "pairs"), ("rtx_3090", 4, "pairs")
    }  # fmt: skip
    assert joined.left_out.keys() == {UNLINKED} and joined.left_out[UNLINKED] == ["rtx_4090"]
    assert {one.links for one in without.every} == {"none"} and not without.left_out
    assert len(joined.every) + len(without.every) < len(space("any").every)  # three cards, two of them joined


def test_a_rig_that_needs_nothing_is_an_answer_as_a_row_is(knowledge: Knowledge) -> None:
    """Of a sealed one, for which nothing can be bought; what neither it nor anything else does is none."""
    base = {"model": "llama_3_1_8b", "quantization": "q4_k_m", "engine": "llama_cpp"}
    flags = {"budget": 0, "engine": ["llama_cpp"], "quant": ["q4_k_m"]}
    start = {"rig": {"gpus": [{"gpu": "m3_ultra", "count": 1}]}, "workload": base}
    for decode, answered in ((20, True), (1e5, False)):
        asks = flags | {"decode": decode}
        assert Plan(asks, knowledge, start=start).document()["verdict"]["answered"] is answered
