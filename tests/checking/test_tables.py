"""Tables of measurements: what is wrong with a row is told at its cell, and by one layer."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from engine.checking import Report, validate

GOOD = Path(__file__).parent / "good"
TODAY = date(2026, 11, 23)
HEAD = "id,source_id,gpu,gpu_count,gpu_mem_gb,model,quantization,parallelism,tp,pp,batch,metric,value,unit,source_date"
ROW = "a-1,A,card_a,2,24,model_a,q4,tp,2,1,1,decode_tok_s,100,tok/s,2026-05"


def report_on(tmp_path: Path, *rows: str, head: str = HEAD) -> Report:
    table = tmp_path / "site" / "measurements" / "own.csv"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.write_text("\n".join([head, *rows]) + "\n", "utf-8")
    return validate([table], base=GOOD, today=TODAY)


def test_a_good_row_is_good(tmp_path: Path) -> None:
    assert list(report_on(tmp_path, ROW)) == []


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("card_a,", "card_q9,", "X207", "card_a"),
        (",100,", ",1OO,", "S103", "write 100"),
        (",100,", ",-100,", "S105", "check"),
        (",100,", ",nan,", "S103", "leave the cell empty"),
        (",100,", ",,", "S102", "add"),
        (",100,", ",100000,", "P311", "digits"),
        ("tok/s", "ms", "P314", "tok/s"),
        (",2,24,", ",4,24,", "P314", "tp x pp x replicas"),
        (",24,", ",240,", "P314", "digits"),
        ("decode_tok_s", "decode_toks", "S104", "decode_tok_s"),
        ("2026-05", "05/2026", "S106", "2026-11"),
        (",tp,2", ",tpp,2", "S106", "single"),
        ("a-1,A", "a-1,,A", "Y020", "quotes"),
        ("a-1,A", '"a-1,A', "Y020", "quote"),
    ],
)
def test_one_fault_is_told_once(tmp_path: Path, old: str, new: str, code: str, hint: str) -> None:
    (one,) = [
        one for one in report_on(tmp_path, ROW.replace(old, new, 1), ROW.replace("a-1", "a-2")) if one.code[0] != "F"
    ]
    assert (one.code, one.place.line) == (code, 2), str(one)
    assert hint in one.hint, one.hint


def test_the_column_of_the_cell_is_told(tmp_path: Path) -> None:
    (one,) = report_on(tmp_path, ROW.replace(",100,", ",many,"))
    assert ROW.replace(",100,", ",many,")[one.place.column - 1 : one.place.end_column - 1] == "many"


def test_an_id_twice_and_a_column_misspelt(tmp_path: Path) -> None:
    assert [(one.code, one.place.line) for one in report_on(tmp_path, ROW, ROW)] == [("X212", 3)]
    found = report_on(tmp_path, ROW, head=HEAD.replace("parallelism", "paralelism"))
    assert [(one.code, one.hint) for one in found] == [("S101", "did you mean `parallelism`?")]


def test_a_value_far_from_its_like(tmp_path: Path) -> None:
    rows = [
        ROW.replace("a-1", f"a-{number}").replace(",100,", f",{value},")
        for number, value in enumerate((98, 100, 101, 9))
    ]
    assert [(one.code, one.place.line) for one in report_on(tmp_path, *rows)] == [("P315", 5)]


@pytest.mark.parametrize("text", ["", "\n", "\x00", "id\n1\n", HEAD + "\n" + '"' * 9999, HEAD + "\n" + "," * 99999])
def test_odd_tables_are_told(tmp_path: Path, text: str) -> None:
    table = tmp_path / "site" / "measurements" / "own.csv"
    table.parent.mkdir(parents=True)
    table.write_text(text, "utf-8")
    assert validate([table], base=GOOD, today=TODAY).errors


def test_what_silence_means_has_to_be_a_field(tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(GOOD, site)
    text = (GOOD / "vocabulary.yaml").read_text("utf-8")
    (site / "vocabulary.yaml").write_text(
        text + "absent_means:\n  gpus:\n    fp8_unit: false\n    fp4_units: 3\n  gpu: {a: 1}\n"
    )
    found = validate([site / "vocabulary.yaml"], base=site, today=TODAY)
    assert [(one.code, one.place.line, one.at.split(".")[-1]) for one in found] == [
        ("X213", 9, "fp8_unit"),
        ("X213", 10, "fp4_units"),
        ("X213", 11, "gpu"),
    ]


def test_a_table_full_of_faults_is_left_soon(tmp_path: Path) -> None:
    found = report_on(tmp_path, *[f"a-{number},,,,,,,,,,,x,y,,nodate" for number in range(20_000)])
    assert len(found) < 1000 and "Y017" in {one.code for one in found}
