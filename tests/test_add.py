"""`add` writes files that are right, where they belong, or nothing; `show`, `list` and `search` read them back."""

from __future__ import annotations

import gc
import json
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import main
from engine.asking.adding import key_of
from engine.asking.writing import field, flow
from engine.checking import validate
from engine.checking.schemas import output_validator
from engine.measuring.detect import detect
from engine.reading import parse, plain

GPU = [
    "gpu", "Nova X1 32GB", "--set", "vendor=nvidia", "--set", "architecture=blackwell", "--set", "segment=geforce",
    "--set", "vram_gib=32", "--set", "memory_bandwidth_gb_s=1792", "--set", "pcie.gen=5", "--set", "pcie.lanes=16",
]  # fmt: skip
SOURCE = ["--source-url", "https://example.org/x1", "--publisher", "Example", "--today", "2026-11-23"]


@pytest.fixture(autouse=True)
def collecting() -> Iterator[None]:
    yield
    gc.enable()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def added(site: Path, *arguments: str, code: int = 0) -> dict[str, Any]:
    result = run("add", *arguments, "--into", str(site), "--format", "json")
    assert result.exit_code == code, result.output
    document: dict[str, Any] = json.loads(result.stdout)
    assert list(output_validator("added").iter_errors(document)) == []
    return document


def test_a_gpu_with_a_new_source(tmp_path: Path) -> None:
    document = added(tmp_path / "site", *GPU, *SOURCE, "--alias", "X1")
    assert document["written"] and [Path(file["path"]).name for file in document["files"]] == [
        "example_nova_x1_32gb.yaml",
        "nova_x1_32gb.yaml",
    ]
    text = (tmp_path / "site" / "gpus" / "nova_x1_32gb.yaml").read_text("utf-8")
    first, *rest = text.splitlines()
    assert first.startswith("# yaml-language-server: $schema=") and first.endswith("schemas/gpu.schema.json")
    assert "sources: [example_nova_x1_32gb]" in rest and "pcie: {gen: 5, lanes: 16}" in rest
    assert any(line.startswith("# memory_bus_bits:") for line in rest)
    assert not validate([tmp_path / "site"]).failed()
    shown = run("show", "x1", "--knowledge", str(tmp_path / "site"))
    assert "vram_gib = 32" in shown.stdout and "example_nova_x1_32gb (A)" in shown.stdout


def test_without_a_source_it_is_recalled_and_uncertain(tmp_path: Path) -> None:
    added(tmp_path, *GPU)
    text = (tmp_path / "gpus" / "nova_x1_32gb.yaml").read_text("utf-8")
    assert "sources: [recalled]" in text and "mark: uncertain" in text and "# No source was given" in text


def test_prices_are_added_one_after_the_other(tmp_path: Path) -> None:
    for low in ("650", "700"):
        added(
            tmp_path,
            "price",
            "rtx_3090",
            "--set",
            f"low={low}",
            "--set",
            "high=800",
            "--set",
            "condition=used",
            "--source",
            "recalled",
        )
    entry = plain(parse((tmp_path / "prices" / "rtx_3090.yaml").read_bytes(), "x")[0])
    assert [row["low"] for row in entry["prices"]] == [650, 700] and entry["of"] == "rtx_3090"


def test_measurements_claims_and_rules(tmp_path: Path) -> None:
    row = ["--set", "gpu='RTX 3090'", "--set", "metric=decode_tok_s", "--set", "value=33", "--set", "model=QwQ 32B"]
    added(tmp_path, "measurement", "own-1", *row)
    added(tmp_path, "measurement", "own-2", *row)
    assert (tmp_path / "measurements" / "own.csv").read_text("utf-8").count("\n") == 3
    claim = [
        "--set",
        "source=recalled",
        "--set",
        'quote="a: b"',
        "--set",
        "claim={kind: attribute, subject: rtx_4090, attribute: nvlink, value: true}",
    ]
    added(tmp_path, "claim", "own_1", *claim)
    rule = [
        "--set", "title=Low power", "--set", "because=It says so.",
        "--set", "when={gpu: {kind: gpu, key: $_, tdp: $_}}",
        "--set", 'where=[[$gpu.tdp, "<", 100]]', "--set", "then={kind: low_power, gpu: $gpu.key}",
        "--set", 'says="{gpu[key]} draws little"', "--set", "says_not=it draws more", "--set",
        "examples=[{given: [{kind: gpu, key: a, tdp: 50}], expect: {fires: 1, concludes: [{kind: low_power}]}}, "
        "{given: [{kind: gpu, key: a, tdp: 150}], expect: {fires: 0}}]",
    ]  # fmt: skip
    added(tmp_path, "rule", "low_power", *rule)
    added(tmp_path, "rule", "low_power_too", *[part.replace("low_power", "low_power_too") for part in rule])
    assert [one["id"] for one in plain(parse((tmp_path / "rules" / "own.yaml").read_bytes(), "x")[0])] == [
        "low_power",
        "low_power_too",
    ]


def test_what_is_wrong_is_not_written(tmp_path: Path) -> None:
    document = added(tmp_path / "site", *GPU, *SOURCE, "--set", "tdp_w=350000", code=1)
    assert document["errors"][0]["code"] == "N401" and not (tmp_path / "site").exists()
    assert not added(tmp_path / "site", *GPU, *SOURCE, "--dry-run")["written"] and not (tmp_path / "site").exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gpu", "X"], "--set vram_gib=…"),
        ([*GPU, "--set", "vramgib=3"], "did you mean `vram_gib`?"),
        ([*GPU, "--set", "tdp_w"], "write --set field=value"),
        ([*GPU, "--set", "resizable_bar=no"], "Y010|boolean"),
        ([*GPU, "--source", "techpowerup_rtx_309"], "did you mean"),
        ([*GPU, "--source-url", "example.org"], "https://"),
        ([*GPU, "--source-url", "https://example.org"], "--publisher"),
        (["gpux", "X"], "did you mean gpus?"),
        (["gpu", "!!!"], "--key"),
        ([*GPU, "--key", "../x"], "cannot be a key"),
    ],
)
def test_a_wrong_request_is_told(tmp_path: Path, arguments: list[str], told: str) -> None:
    result = run("add", *arguments, "--into", str(tmp_path))
    assert result.exit_code == 2 and any(part in result.stderr for part in told.split("|")), result.output
    assert list(tmp_path.iterdir()) == []


def test_an_entry_that_is_there_is_kept(tmp_path: Path) -> None:
    added(tmp_path, *GPU)
    before = (tmp_path / "gpus" / "nova_x1_32gb.yaml").read_bytes()
    assert run("add", *GPU, "--into", str(tmp_path)).exit_code == 2
    assert (tmp_path / "gpus" / "nova_x1_32gb.yaml").read_bytes() == before


@pytest.mark.parametrize(
    "text", ["no", "1e3", "a: b", "x # y", "é", "[a", "- a", "", "$a.b", "<", "2026-11-23", "a, b", "null", "'"]
)
def test_values_are_read_back_as_they_are(text: str) -> None:
    for value in (text, [text, text], {"a": text, "b": [{"c": text}]}):
        node, problems = parse("\n".join(field("f", value)) + "\n", "x")
        assert problems == [] and plain(node) == {"f": value}
        assert plain(parse(f"f: {flow(value)}\n", "x")[0]) == {"f": value}


def test_keys() -> None:
    assert key_of("Command R+ (104B)") == "command_r_plus_104b"


def test_show_list_and_search_as_documents() -> None:
    for arguments, schema in (
        (["show", "rtx_3090"], "entry"), (["show", "rules/tensor_size"], "entry"),
        (["show", "calibration/calibration"], "entry"),
        (["list"], "list"), (["list", "gpu"], "list"), (["list", "rules"], "list"), (["search", "3090"], "list"),
    ):  # fmt: skip
        result = run(*arguments, "--format", "json")
        assert result.exit_code == 0, result.output
        assert list(output_validator(schema).iter_errors(json.loads(result.stdout))) == [], arguments


def test_show_without_a_folder() -> None:
    text = run("show", "rtx_3090").stdout
    assert text.startswith("gpus/rtx_3090: ") and "also: prices/rtx_3090" in text
    assert "lost: 420 by club_3090_pr_44 (grade B" in text
    assert run("show", "RTX 3090").stdout == text
    assert "did you mean rtx_3090" in run("show", "rtx_30900").stderr


def test_what_a_new_file_need_not_begin_with(tmp_path: Path) -> None:
    """Swapped ends, a day ahead, a name that is taken and a thing that nobody knows are refused."""
    site = tmp_path / "site"
    price = ["--set", "condition=used", "--today", "2026-11-23"]
    swapped = added(site, "price", "rtx_3090", "--set", "low=900", "--set", "high=800", *price, code=1)
    assert [one["code"] for one in swapped["errors"]] == ["P332"]
    later = ["--set", "low=700", "--set", "high=800", "--set", "date=2036-01-01"]
    ahead = added(site, "price", "rtx_3090", *later, *price, code=1)
    assert "P306" in [one["code"] for one in ahead["errors"]]
    taken = added(site, "gpu", "RTX 3090", *GPU[2:], *SOURCE, code=1)
    assert "X216" in [one["code"] for one in taken["errors"]]
    unknown = run("add", "price", "rtx_3099", "--set", "low=7", "--set", "high=8", *price, "--into", str(site))
    assert unknown.exit_code == 2 and "rtx_3090" in unknown.output and "--set item=" in unknown.output
    named = added(site, "price", "rtx_3099", "--set", "low=7", "--set", "high=8", "--set", "item=rtx_3099", *price)
    assert named["written"]


def test_the_command_that_detect_gives_for_an_unknown_card_adds_it(tmp_path: Path) -> None:
    gpu = "<gpu><product_name>NVIDIA GeForce RTX 6090</product_name><product_architecture>Blackwell</product_architecture><fb_memory_usage><total>49140 MiB</total></fb_memory_usage></gpu>"  # noqa: E501
    (stranger,) = detect([f"<nvidia_smi_log>{gpu}</nvidia_smi_log>"], find=lambda _: None).unknown_gpus
    assert stranger.fill_in == ["GB_PER_S"]
    words = shlex.split(stranger.command.replace("GB_PER_S", "2000"))
    assert words[:2] == ["rigwise", "add"] and not added(tmp_path / "site", *words[2:])["errors"]
