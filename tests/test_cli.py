"""The command line as people and scripts meet it: exit codes, messages, formats, names, overlays, no tracebacks."""

from __future__ import annotations

import gc
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.asking.commands import MODULES

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/4x3090_vllm.yaml"
QWQ = ["--gpu", "2x3090", "--model", "qwq-32b", "--quant", "q4_k_m", "--engine", "ollama"]
NEW_GPU = """\
schema: 1
name: Test Card 9
aliases: [testcard]
vendor: nvidia
architecture: ampere
segment: geforce
sources: [techpowerup_rtx_3090]
compute_capability: 8.6
vram_gib: 24
memory_bandwidth_gb_s: {bandwidth}
fp16_tflops: 71.2
bf16_units: true
int8_units: true
fp8_units: false
fp4_units: false
tdp_w: 350
pcie: {{gen: 4, lanes: 16}}
nvlink: {{reach: none}}
"""


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    """The program stops the garbage collector for its one command; here it runs many."""
    yield
    gc.enable()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(one) for one in arguments])


def told(result: Result) -> str:
    """What went to standard error."""
    return result.stderr


def process(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "cli.py", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


# name of the bad file, its content
BAD_FILES: dict[str, bytes] = {
    "empty": b"",
    "binary": bytes(range(256)) * 8,
    "list": b"[1, 2]\n",
    "text": b"hello\n",
    "anchor": b"a: &a [*a]\n",
    "tab": b"rig:\n\tgpus: x\n",
    "deep": b"[" * 5000,
    "deep_mapping": b"{" * 20000,
    "tag": b'!!python/object/apply:os.system ["echo hi"]\n',
    "duplicate": b"rig: {gpus: [{gpu: rtx_3090}]}\nrig: {gpus: [{gpu: rtx_4090}]}\n",
    "utf16": "rig: 1".encode("utf-16"),
    "no_gpu": b"workload: {model: qwq_32b}\n",
    "gpus_number": b"rig: {gpus: 5}\n",
    "gpus_null": b"rig: {gpus: [{gpu: null}]}\n",
    "rig_list": b"rig: [1]\n",
    "many_cards": b"rig: {gpus: [{gpu: rtx_3090, count: 100000}]}\n",
    "numa_short": b"rig: {gpus: [{gpu: rtx_3090, count: 2}], numa_nodes: [0]}\n",
    "nvlink_beyond": b"rig: {gpus: [{gpu: rtx_3090, count: 2}], nvlink: [[0, 5]]}\n",
    "nvlink_itself": b"rig: {gpus: [{gpu: rtx_3090, count: 2}], nvlink: [[0, 0]]}\n",
    "pcie_empty": b"rig: {gpus: [{gpu: rtx_3090, count: 2}], pcie: {}}\n",
    "host_number": b"rig: {gpus: [{gpu: rtx_3090}], host: 5}\n",
    "workload_number": b"rig: {gpus: [{gpu: rtx_3090}]}\nworkload: 7\n",
    "model_path": b"rig: {gpus: [{gpu: rtx_3090}]}\nworkload: {model: /etc/passwd}\n",
    "misspelt": b"rig: {gpuz: [{gpu: rtx_3090}]}\n",
    "two_documents": b"rig: {gpus: [{gpu: rtx_3090}]}\n---\nrig: {}\n",
    "null_byte": b"rig: {gpus: [{gpu: rtx\x003090}]}\n",
    "infinite": b"rig: {gpus: [{gpu: rtx_3090}]}\nworkload: {users: .inf}\n",
}

# flags, what the message must name
BAD_FLAGS: list[tuple[list[str], list[str]]] = [
    ([], ["no GPU", "--gpu"]),
    (["--gpu", "4x30900"], ["30900", "rtx_3090"]),
    (["--gpu", "a100"], ["a100", "a100_sxm4_80gb", "a100_pcie_40gb"]),
    (["--gpu", ""], ["--gpu"]),
    (["--gpu", "4x"], ["4x"]),
    (["--gpu", "0x3090"], ["count", "0"]),
    (["--gpu", "1000000x3090"], ["1000000"]),
    (["--gpu", "2x3090", "--model", "qwq-33b"], ["qwq-33b", "qwq_32b"]),
    (["--gpu", "2x3090", "--engine", "vlm"], ["vlm", "vllm"]),
    (["--gpu", "2x3090", "--quant", "q4_k_n"], ["q4_k_n", "q4_k_m"]),
    (["--gpu", "2x3090", "--kv", "fp9"], ["fp9"]),
    (["--gpu", "2x3090", "--platform", "am6"], ["am6"]),
    (["--gpu", "2x3090", "--tensor", "3"], ["3", "2"]),
    (["--gpu", "2x3090", "--tensor", "0"], ["tensor", "0"]),
    (["--gpu", "2x3090", "--tensor", "two"], ["--tensor", "two"]),
    (["--gpu", "2x3090", "--users", "0"], ["users", "0"]),
    (["--gpu", "2x3090", "--users", "12abc"], ["12abc"]),
    (["--gpu", "2x3090", "--context", "abc"], ["--context", "abc"]),
    (["--gpu", "2x3090", "--context", "99999999999"], ["context_tokens"]),
    (["--gpu", "2x3090", "--budget", "-5"], ["--budget", "-5"]),
    (["--gpu", "2x3090", "--power-limit", "0"], ["power_limit_w"]),
    (["--gpu", "2x3090", "--power-limit", "5"], ["power_limit_w"]),
    (["--gpu", "2x3090", "--pcie", "4x3"], ["3", "16"]),
    (["--gpu", "2x3090", "--pcie", "nine"], ["--pcie", "nine"]),
    (["--gpu", "2x3090", "--nvlink", "foo"], ["--nvlink", "foo"]),
    (["--gpu", "2x3090", "--nvlink", "0-9"], ["9"]),
    (["--gpu", "m3_ultra", "--nvlink", "full"], ["m3_ultra", "NVLink"]),
    (["--gpu", "2x3090", "--engine-version", "banana"], ["engine_version", "banana"]),
    (["--gpu", "2x3090", "--set", "allow.nonsense=because"], ["allow", "nonsense"]),
    (["--gpu", "2x3090", "--price", "rtx_3090=x"], ["--price", "rtx_3090=x"]),
    (["--gpu", "2x3090", "--price", "rtx_309=5"], ["rtx_309", "rtx_3090"]),
    (["--gpu", "2x3090", "--set", "foo=1"], ["--set", "foo=1"]),
    (["--gpu", "2x3090", "--set", "rig.foo=1"], ["foo", "gpus"]),
    (["--gpu", "2x3090", "--set", "rig.gpus=1"], ["gpus"]),
    (["--gpu", "2x3090", "--set", "rig.gpus.5.count=2"], ["5"]),
    (["--gpu", "2x3090", "--set", "workload.users=NaN"], ["users"]),
    (["--gpu", "2x3090", "--set", "workload.users=[[[1"], ["users"]),
    (["--gpu", "2x3090", "--format", "yaml"], ["yaml", "json"]),
    (["--gpu", "2x3090", "--matcher", "prolog"], ["prolog", "clips"]),
    (["--gpu", "2x3090", "--knowledge", "/no/such/directory"], ["/no/such/directory"]),
    (["--gpu", "2x3090", "--save", "/no/such/directory/x.json"], ["/no/such/directory"]),
    (["--gpu", "2x3090", "--bandwith", "3"], ["--bandwith"]),
]

BAD_COMMANDS: list[tuple[list[str], list[str]]] = [
    (["recommnd"], ["recommnd", "recommend"]),
    (["rule", "bottlenek"], ["bottlenek", "bottleneck"]),
    (["show", "gpus/rtx_309"], ["rtx_309", "rtx_3090"]),
    (["show", "/"], ["kind"]),
    (["list", "gpuz"], ["gpuz", "gpus"]),
    (["search", "zzzzzz"], ["zzzzzz"]),
    (["why", "decod_tk", *QWQ], ["decod_tk", "decode_tok_s"]),
    (["why-not", "nvlink_bridge", *QWQ], ["nvlink_bridge", "nvlink_bridges"]),
    (["why", "decode_tok_s"], ["no GPU"]),
    (["verify", "/no/such/file.json"], ["/no/such/file.json"]),
    (["verify", "/"], ["directory"]),
    (["verify", str(EXAMPLE)], ["JSON"]),
]


def refused(result: Result, words: list[str]) -> None:
    """A wrong request: 2, nothing on standard output, and a message that names what it is about."""
    assert result.exit_code == 2, (result.exit_code, result.output[:400])
    assert "Traceback" not in result.output
    assert told(result).strip()
    assert not result.stdout.strip()
    for word in words:
        assert word in told(result), (word, told(result))


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_scenario_file_is_a_wrong_request(name: str, tmp_path: Path) -> None:
    path = tmp_path / f"{name}.yaml"
    path.write_bytes(BAD_FILES[name])
    refused(run("recommend", path), [])


@pytest.mark.parametrize("path", ["/no/such/file.yaml", "/", str(ROOT / "examples")])
def test_a_file_that_cannot_be_read_is_a_wrong_request(path: str) -> None:
    refused(run("recommend", path), [path])


@pytest.mark.parametrize(("flags", "words"), BAD_FLAGS, ids=lambda one: " ".join(one) if isinstance(one, list) else "")
def test_a_bad_flag_is_a_wrong_request(flags: list[str], words: list[str]) -> None:
    refused(run("recommend", *flags), words)


@pytest.mark.parametrize(("command", "words"), BAD_COMMANDS, ids=lambda one: " ".join(one[:2]))
def test_a_bad_command_is_a_wrong_request(command: list[str], words: list[str]) -> None:
    refused(run(*command), words)


@pytest.mark.parametrize("given", ["1e9", "1e3"])
def test_a_number_is_read_whole_or_refused(given: str) -> None:
    result = run("estimate", *QWQ, "--users", given, "--format", "json")
    if result.exit_code != 2:
        assert json.loads(result.stdout)["scenario"]["workload"]["users"] == float(given)


def test_exit_codes() -> None:
    assert run("recommend", EXAMPLE).exit_code == 0
    assert run("estimate", EXAMPLE).exit_code == 0
    assert (
        run("estimate", "--gpu", "3090", "--model", "llama_3_1_70b", "--quant", "f16", "--engine", "vllm").exit_code
        == 1
    )


# Rigs that once found the assumptions without a value, or with two.
ASSUMED: list[list[str]] = [
    ["--gpu", "3xmi100", "--model", "granite_4_h_tiny", "--engine", "sglang"],
    ["--gpu", "2x3090", "--model", "kimi_linear_48b_a3b", "--engine", "sglang"],
    ["--gpu", "2xmi250", "--model", "llama_3_1_8b", "--engine", "ollama", "--tensor", "2"],
    ["--gpu", "3x3090", "--model", "llama_3_1_8b", "--quant", "awq_int4", "--split-mode", "row"],
    [
        "--gpu",
        "6xrtx_pro_6000_blackwell_max_q",
        "--model",
        "minimax_m3",
        "--engine",
        "vllm",
        "--pipeline",
        "1",
        "--split-mode",
        "graph",
    ],
    [
        "--gpu",
        "3x3090",
        "--model",
        "gemma_2_27b",
        "--quant",
        "exl3_5_0bpw",
        "--tensor",
        "3",
        "--pipeline",
        "1",
        "--replicas",
        "1",
    ],
    ["--gpu", "4x3090", "--model", "llama_3_1_8b", "--engine", "exllama"],
    ["--gpu", "4x3090", "--model", "llama_3_1_8b", "--engine", "tensorrt_llm"],
    ["--gpu", "2xm2_ultra", "--model", "llama_3_1_8b", "--engine", "mlx"],
    ["--gpu", "1xgb10"],
    ["--gpu", "16xgtx_1060_6gb"],
]


@pytest.mark.parametrize("flags", ASSUMED, ids=" ".join)
def test_what_is_absent_is_assumed_once(flags: list[str]) -> None:
    result = run("estimate", *flags, "--format", "json")
    assert result.exit_code in (0, 1, 2), told(result)
    assert result.exit_code == 2 or json.loads(result.stdout)["assumptions"]


def test_what_the_engine_is_not_built_for_is_said_first() -> None:
    result = run("recommend", "--gpu", "2xrx_6800", "--model", "qwen3-14b", "--engine", "vllm", "--format", "json")
    answer = json.loads(result.stdout)
    assert "decode_tok_s" not in answer["estimate"]
    assert answer["estimate"]["cannot_run"][0]["id"] == "engine_not_built_for_architecture"
    assert "cannot run" in answer["verdict"]["text"]


def test_the_fact_that_is_missing_is_named(tmp_path: Path) -> None:
    known = {"vendor": "nvidia", "architecture": "ampere", "segment": "geforce", "vram_gib": 24, "memory_bus_bits": 384}
    known |= {"memory_rate_gbit_s": 18.75, "memory_bandwidth_gb_s": 900, "tdp_w": 300, "compute_capability": 8.6}
    known |= {"pcie": {"gen": 4, "lanes": 16}}
    entry = {"schema": 1, "name": "Nova Y1", "sources": ["recalled"], "mark": "recalled", **known}
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus/nova_y1.yaml").write_text(json.dumps(entry), "utf-8")
    rig = ("--knowledge", tmp_path, "--gpu", "1xnova-y1", "--model", "llama-3.1-8b", "--engine", "vllm")
    answer = json.loads(run("recommend", *rig, "--quant", "fp8", "--format", "json").stdout)
    assert answer["estimate"]["lacks"] == ["fp16 of nova_y1"]
    assert "fp16 of nova_y1" in answer["verdict"]["text"]
    statuses = {row["id"]: row["status"] for row in answer["options"]}
    assert (statuses["do_nothing"], statuses["measure_first"]) == ("optional", "recommended")


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        (("--psu", "600"), "The supply is too small"),
        (("--max-watts", "500"), "more than the watts allowed"),
        (("--p2p", "--driver", "stock"), "although the stock driver refuses it"),
        (("--context", "200000"), "is made for 131,072 tokens"),
        (("--engine-flag=--enforce-eagr",), "The flag --enforce-eagr changes nothing"),
    ],
)
def test_what_contradicts_itself_is_said_first(flags: tuple[str, ...], told: str) -> None:
    rig = ("--gpu", "2x4090", "--model", "qwq-32b", "--quant", "awq_int4", "--engine", "vllm")
    assert told in json.loads(run("recommend", *rig, *flags, "--format", "json").stdout)["verdict"]["text"]


def test_what_still_does_not_fit_is_not_advised() -> None:
    result = run(
        "recommend", "--gpu", "1xGTX1080", "--model", "llama-3.1-70b", "--engine", "ollama", "--format", "json"
    )
    recommended = {row["id"] for row in json.loads(result.stdout)["options"] if row["status"] == "recommended"}
    assert recommended <= {"measure_first"}
    assert result.exit_code == 1


def test_a_fault_of_ours_is_told_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.asking import inputs

    def broken(*_: Any) -> None:
        raise ZeroDivisionError("deliberate")

    monkeypatch.delenv("RIGWISE_DEBUG", raising=False)
    monkeypatch.setattr(inputs, "answer", broken)
    result = run("recommend", EXAMPLE)
    assert result.exit_code == 3
    assert "deliberate" in told(result)
    assert "report" in told(result)
    assert "Traceback" not in result.output


def test_version_runs_from_a_clone() -> None:
    assert run("--version").exit_code == 0


@pytest.mark.parametrize("command", [None, *sorted(MODULES)])
def test_help_has_an_example(command: str | None) -> None:
    result = run(*([command] if command else []), "--help")
    assert result.exit_code == 0
    assert f"rigwise {command or 'recommend'}" in result.stdout
    assert "Example:" in result.stdout


@pytest.mark.parametrize("command", sorted(set(MODULES) - {"explain"}))
def test_every_command_has_format_and_knowledge(command: str) -> None:
    shown = run(command, "--help").stdout
    assert "--format" in shown
    assert "--knowledge" in shown


DOCUMENTS = {
    "recommendation": ["recommend", EXAMPLE],
    "estimate": ["estimate", EXAMPLE],
    "why": ["why", "decode_tok_s", EXAMPLE],
    "why_not": ["why-not", "nvlink_bridges", EXAMPLE],
    "rule": ["rule", "bottleneck"],
    "list": ["list", "gpus"],
    "entry": ["show", "gpus/rtx_3090"],
    "explanation": ["explain", "Y001"],
    "doctor": ["doctor", EXAMPLE],
    "plan_row": ["plan", "--model", "llama-3.1-8b", "--gpu", "rtx_3090", "--budget", "2500", "--row", "1"],
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_json_matches_its_schema(name: str) -> None:
    from engine.checking.schemas import output_validator

    document = json.loads(run(*DOCUMENTS[name], "--format", "json").stdout)
    found = output_validator(name).iter_errors(document)
    assert [
        f"{'/'.join(map(str, one.absolute_path))}: {one.message[:120]}" for _, one in zip(range(5), found, strict=False)
    ] == []


def test_every_document_has_a_schema() -> None:
    said = {
        name
        for path in (ROOT / "engine").rglob("*.py")
        for name in re.findall(r'"(rigwise/[\w-]+/1)"', path.read_text())
    }
    schemas = [json.loads(path.read_text()) for path in (ROOT / "schemas/output").glob("*.json")]
    assert said == {schema["properties"]["schema"]["const"] for schema in schemas}


def test_a_verification_matches_its_schema(tmp_path: Path) -> None:
    from engine.checking.schemas import output_validator

    saved = tmp_path / "result.json"
    saved.write_text(run("estimate", EXAMPLE, "--format", "json").stdout, "utf-8")
    assert not list(
        output_validator("verification").iter_errors(json.loads(run("verify", saved, "--format", "json").stdout))
    )


@pytest.mark.parametrize("given", ["RTX 3090", "rtx3090", "3090", "rtx_3090", "GeForce RTX 3090", "Rtx-3090"])
def test_names_are_forgiving_in_and_exact_out(given: str) -> None:
    result = run("estimate", "--gpu", f"2x{given}", *QWQ[2:], "--format", "json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["scenario"]["rig"]["gpus"][0]["gpu"] == "rtx_3090"


def test_the_short_form_equals_the_file() -> None:
    flags = [
        "--gpu",
        "4xRTX 3090",
        "--power-limit",
        "350",
        "--pcie",
        "4.0x16",
        "--driver",
        "stock",
        "--model",
        "qwq-32b",
        "--quant",
        "fp8",
        "--engine",
        "vllm",
        "--tensor",
        "4",
        "--pipeline",
        "1",
        "--replicas",
        "1",
        "--prompt",
        "1024",
        "--output",
        "256",
        "--context",
        "8k",
        "--users",
        "1",
        "--optimize",
        "latency",
        "--budget",
        "$500",
        "--format",
        "json",
    ]
    assert run("recommend", *flags).stdout == run("recommend", EXAMPLE, "--format", "json").stdout


def test_flags_override_the_file() -> None:
    result = run("estimate", EXAMPLE, "--users", "4", "--set", "workload.context_tokens=4096", "--format", "json")
    workload = json.loads(result.stdout)["scenario"]["workload"]
    assert (workload["users"], workload["context_tokens"]) == (4, 4096)


def test_set_and_flag_mean_the_same() -> None:
    one = run("estimate", EXAMPLE, "--users", "4", "--format", "json")
    other = run("estimate", EXAMPLE, "--set", "workload.users=4", "--format", "json")
    assert one.stdout == other.stdout


def overlay(folder: Path, bandwidth: float = 936.2) -> Path:
    (folder / "gpus").mkdir(parents=True)
    (folder / "gpus/test_card_9.yaml").write_text(NEW_GPU.format(bandwidth=bandwidth), "utf-8")
    return folder


def test_a_new_gpu_in_one_file_is_used_at_once(tmp_path: Path) -> None:
    folder = overlay(tmp_path / "site")
    arguments = [
        "recommend",
        "--gpu",
        "2xtestcard",
        "--knowledge",
        folder,
        "--model",
        "qwq-32b",
        "--quant",
        "q4_k_m",
        "--format",
        "json",
    ]
    slow = json.loads(run(*arguments).stdout)
    overlay(tmp_path / "fast", 1872.4)
    fast = json.loads(run(*arguments[:4], tmp_path / "fast", *arguments[5:]).stdout)
    assert slow["scenario"]["rig"]["gpus"][0]["gpu"] == "test_card_9"
    assert fast["estimate"]["decode_tok_s"]["value"] > 1.3 * slow["estimate"]["decode_tok_s"]["value"]
    assert run("show", "gpus/testcard", "--knowledge", folder).exit_code == 0
    assert "test_card_9" in run("search", "test card", "--knowledge", folder).stdout


def test_an_overlay_changes_no_answer_it_does_not_speak_of(tmp_path: Path) -> None:
    folder = overlay(tmp_path / "site")
    one, other = (run("estimate", EXAMPLE, *more, "--format", "json") for more in ((), ("--knowledge", folder)))
    assert json.loads(one.stdout)["estimate"] == json.loads(other.stdout)["estimate"]


BROKEN_ENTRIES = {
    "syntax": "{{{\n",
    "no_fields": "schema: 1\nname: Test Card 9\n",
    "text_for_number": NEW_GPU.format(bandwidth=900).replace("vram_gib: 24", "vram_gib: lots"),
    "no_architecture": NEW_GPU.format(bandwidth=900).replace("architecture: ampere\n", ""),
    "negative": NEW_GPU.format(bandwidth=-5),
    "zero": NEW_GPU.format(bandwidth=0),
    "no_memory": NEW_GPU.format(bandwidth=900).replace("vram_gib: 24\n", ""),
    "a_list": "[1, 2]\n",
}


@pytest.mark.parametrize("name", BROKEN_ENTRIES)
def test_a_broken_overlay_is_told_with_its_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "gpus").mkdir()
    (tmp_path / "gpus/test_card_9.yaml").write_text(BROKEN_ENTRIES[name], "utf-8")
    result = run("recommend", "--gpu", "2xtest_card_9", "--knowledge", tmp_path, "--model", "qwq-32b")
    assert result.exit_code in (1, 2), (result.exit_code, result.output[:300])
    assert "test_card_9" in told(result)
    assert "Traceback" not in result.output


def test_a_broken_rule_in_an_overlay_is_told_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/site.yaml").write_text("- id: x\n  when: {a: {kind: b}}\n  then: {kind: 3}\n", "utf-8")
    result = run("recommend", *QWQ, "--knowledge", tmp_path)
    assert result.exit_code in (1, 2)
    assert "site.yaml" in told(result)


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_answer_does_not_depend_on_the_hash_seed(seed: str) -> None:
    done = process("recommend", EXAMPLE, "--format", "json", PYTHONHASHSEED=seed)
    assert done.returncode == 0, done.stderr
    assert done.stdout == run("recommend", EXAMPLE, "--format", "json").stdout


def test_the_answer_does_not_depend_on_the_order_of_the_files(monkeypatch: pytest.MonkeyPatch) -> None:
    listdir, glob, iterdir = os.listdir, Path.rglob, Path.iterdir
    expected = run("recommend", *QWQ, "--format", "json").stdout
    monkeypatch.setattr(os, "listdir", lambda *args: sorted(listdir(*args), reverse=True))
    monkeypatch.setattr(Path, "rglob", lambda self, pattern: iter(sorted(glob(self, pattern), reverse=True)))
    monkeypatch.setattr(Path, "iterdir", lambda self: iter(sorted(iterdir(self), reverse=True)))
    assert run("recommend", *QWQ, "--format", "json").stdout == expected


def test_no_colour_where_none_is_wanted() -> None:
    done = process("recommend", EXAMPLE, NO_COLOR="1")
    assert done.returncode == 0
    assert "\x1b[" not in done.stdout
    assert done.stderr == ""


def test_a_closed_pipe_is_no_fault() -> None:
    command = f"{sys.executable} cli.py list gpus --format json | head -c 1"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr


def test_save_then_verify(tmp_path: Path) -> None:
    saved = tmp_path / "result.json"
    assert run("recommend", EXAMPLE, "--save", saved).exit_code == 0
    assert run("verify", saved).exit_code == 0
    document = json.loads(saved.read_text("utf-8"))
    document["estimate"]["decode_tok_s"]["value"] *= 1.1
    saved.write_text(json.dumps(document), "utf-8")
    result = run("verify", saved)
    assert result.exit_code == 1
    assert "decode_tok_s" in result.stdout


def test_both_matchers_answer_alike() -> None:
    pytest.importorskip("durable_rules_engine")
    one, other = (run("recommend", *QWQ, "--format", "json", "--matcher", name).stdout for name in ("durable", "clips"))
    assert one == other


def test_it_runs_from_another_directory(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "rig.yaml")
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), "estimate", "rig.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_interrupt_ends_with_the_code_that_shells_know(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("engine.asking.inputs.answer", interrupted)
    result = run("estimate", EXAMPLE)
    assert (result.exit_code, result.stderr) == (130, "rigwise: interrupted\n")
