"""Many asks at once: the answers of `recommend`, in order, whatever a line holds and whatever kills the run."""

from __future__ import annotations

import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.asking.batch import run
from engine.asking.batch.lines import MOST, opened
from engine.errors import BadInput

ROOT = Path(__file__).resolve().parents[2]
CARD = {"rig": {"gpus": [{"gpu": "rtx_3060", "count": 1}]}, "workload": {"model": "qwen3_8b", "engine": "llama_cpp"}}
CSV = "gpu,model,engine,workload.users,rig.gpus.0.count,#note\n"


def asking(users: int) -> dict[str, Any]:
    return {**CARD, "workload": {**CARD["workload"], "users": users}}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(asking(users)) + "\n" for users in (1, 2, 3)), "utf-8")
    return path


def process(*arguments: str | Path, code: str = "from cli import main; main()") -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip


def lines(path: Path) -> list[str]:
    return path.read_bytes().decode().split("\n")[:-1]


def wait_for(path: Path, count: int, job: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and job.poll() is None:
        if path.exists() and path.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"{count} lines never came: {job.communicate()[1] if job.poll() is not None else 'too slow'}")


def test_a_line_is_what_recommend_prints(source: Path, tmp_path: Path) -> None:
    target, one = tmp_path / "out.jsonl", tmp_path / "one.yaml"
    assert run(source, target)["answered"] == 3
    one.write_text(json.dumps(asking(3)), "utf-8")
    single = process("recommend", one, "--format", "json")
    assert json.loads(single.communicate(timeout=120)[0]) == json.loads(lines(target)[2])
    users = [json.loads(line)["scenario"]["workload"]["users"] for line in lines(target)]
    assert users == [1, 2, 3]


BAD: dict[str, bytes] = {
    "no JSON": b'{"rig": ',
    "no mapping": b"[1]",
    "unknown card": b'{"rig": {"gpus": [{"gpu": "rtx_309"}]}}',
    "no card": b"{}",
    "twice": b'{"rig": {}, "rig": {}}',
    "no number": b'{"rig": {"gpus": [{"gpu": "3090", "count": NaN}]}}',
    "deep": b'{"rig": ' + b"[" * 100_000,
    "bytes": b'{"rig": "\xff\xfe"}',
    "zero byte": b'{"rig": {"gpus": [{"gpu": "30\x0090"}]}}',
    "long": b'{"rig": "' + b"a" * (3 * MOST) + b'"}',
    "text": b"hello",
    "too many ranks": b'{"rig": {"gpus": [{"gpu": "3090"}]}, "workload": {"parallelism": {"tensor": 8}}}',
}


def test_bad_lines_are_told_and_stop_nothing(tmp_path: Path) -> None:
    good = json.dumps(CARD).encode()
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([good, b"", *BAD.values(), good]))
    outcome = run(source, target, proofs=False)
    told = [json.loads(line) for line in lines(target)]
    assert (outcome["answered"], outcome["refused"]) == (2, len(BAD))
    assert told[0] == told[-1] and told[0]["schema"] == "rigwise/recommendation/1"
    for number, (name, one) in enumerate(zip(BAD, told[1:-1], strict=True), 3):
        assert one["schema"] == "rigwise/batch-error/1", name
        assert one["line"] == number and len(one["error"]["message"]) > 8, name
        assert one["error"]["exit_code"] == 2, (name, one)


def test_the_terminal_hears_which_line_was_refused_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        '\n{"gpu": "3090"}\n{"rig": {"gpus": ["3090"]}, "workload": {"modell": "x"}}\n' + "x\n" * 30, "utf-8"
    )
    run(source, target, proofs=False)
    told = capsys.readouterr().err
    assert "line 2" in told and "unknown field `gpu`" in told
    assert "line 3: workload.modell: unknown field `modell` (did you mean `model`?)" in told
    assert "line 21:" in told and "line 23:" not in told and "stand in the output alone" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [('3090,"two\r\nlines"\r\n4090,b\r\n', [(2, '3090,"two\nlines"'), (4, "4090,b")]),
     ('3090,"never closed\n4090,b\n3060,c\n', [(2, '3090,"never closed'), (3, "4090,b"), (4, "3060,c")]),
     ('3090,"not " closed"\n4090,"b"\n', [(2, '3090,"not " closed"'), (3, '4090,"b"')])],
)  # fmt: skip
def test_a_quoted_field_may_go_over_lines(text: str, told: list[tuple[int, str]]) -> None:
    _, found = opened(io.BytesIO(f"gpu,#note\n{text}".encode()), None)
    assert [(line.number, line.text) for line in found] == told


def test_columns_are_places_in_a_scenario(tmp_path: Path) -> None:
    source, other = tmp_path / "in.csv", tmp_path / "in.jsonl"
    source.write_text(
        'gpu;model;engine;workload.users;#note\n3060;qwen3-8b;llama.cpp;2;"a; b"\n'
        '3060 + 3060;qwen3-8b;llama.cpp;;\n3060;qwen3-8b\n;qwen3-8b;llama.cpp;1;\n3060;"qwen3-8b;llama.cpp;1;\n',
        "utf-8",
    )
    other.write_text("\n".join(json.dumps(one) for one in (
        {"rig": {"gpus": [{"gpu": "3060"}]}, "workload": {"model": "qwen3-8b", "engine": "llama.cpp", "users": 2}},
        {"rig": {"gpus": [{"gpu": "3060"}, {"gpu": "3060"}]}, "workload": {"model": "qwen3-8b", "engine": "llama.cpp"}},
    )), "utf-8")  # fmt: skip
    assert run(source, tmp_path / "a", proofs=False)["refused"] == 3
    assert run(other, tmp_path / "b", proofs=False)["refused"] == 0
    assert lines(tmp_path / "a")[:2] == lines(tmp_path / "b")
    assert "2 fields" in lines(tmp_path / "a")[2]


@pytest.mark.parametrize(
    ("header", "told"),
    [("gpu,modell", "model"), ("gpu,workload.users,users", "twice"), ("rig.gpus.0.gpu,oops.x", "oops.x"),
     ("gpu,model\r1,2", "carriage return"), ("gpu,\xe9", "names nothing")],
)  # fmt: skip
def test_a_column_that_names_nothing_is_refused_at_once(header: str, told: str) -> None:
    with pytest.raises(BadInput, match="column|line") as caught:
        opened(io.BytesIO(f"{header}\n1,2\n".encode()), None)
    assert told in str(caught.value)


def test_a_remark_may_be_as_long_as_a_line() -> None:
    form, records = opened(io.BytesIO(b"gpu,#note\n3060," + b"x" * 500_000 + b"\n"), None)
    assert form.scenario(next(records))["rig"]["gpus"]


def test_one_line_is_held_at_a_time() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def readline(self, size: int | None = -1) -> bytes:
            self.taken += 1
            return json.dumps(asking(self.taken)).encode() + b"\n"

    stream = Endless()
    _, found = opened(stream, None)  # type: ignore[arg-type]
    for _ in range(1000):
        next(found)
    assert stream.taken == 1000


def test_errors_of_a_former_run_are_told_when_it_goes_on(tmp_path: Path) -> None:
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{bad\n{"rig":{"gpus":[{"gpu":"rtx_3090","count":1}]}}\n')
    assert run(source, target, proofs=False)["refused"] == 1
    again = run(source, target, proofs=False)
    assert (again["answered"], again["refused"], again["resumed"], again["resumed_refused"]) == (0, 0, 2, 1)


def test_a_killed_run_goes_on_after_its_last_whole_line(source: Path, tmp_path: Path) -> None:
    target, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    run(source, whole, proofs=False)
    job = process("batch", source, target, "--no-proofs")
    wait_for(target, 1, job)
    os.kill(job.pid, signal.SIGKILL)
    job.communicate()
    assert 1 <= len(lines(target)) <= 3
    with target.open("ab") as stream:
        stream.write(b'{"schema":"rigwise/rec')  # what a kill in the middle of a line leaves
    outcome = run(source, target, proofs=False)
    assert outcome["resumed"] >= 1 and outcome["resumed"] + outcome["answered"] == 3
    assert target.read_bytes() == whole.read_bytes()
    assert run(source, target, proofs=False)["answered"] == 0
    assert target.read_bytes() == whole.read_bytes()


def test_answers_to_another_input_are_not_continued(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.jsonl"
    run(source, target, proofs=False)
    for changed in (json.dumps(asking(9)) + "\n") * 3, json.dumps(asking(1)) + "\n":
        source.write_text(changed, "utf-8")
        with pytest.raises(BadInput, match="not answered from this input"):
            run(source, target, proofs=False)
    assert run(source, target, proofs=False, restart=True)["answered"] == 1
    assert len(lines(target)) == 1
    source.write_text(json.dumps(asking(1)) + "\n{bad\n", "utf-8")
    assert run(source, target, proofs=False)["refused"] == 1
    source.write_text(json.dumps(asking(9)) + "\n{bad\n", "utf-8")  # a refusal in the end looks the same
    with pytest.raises(BadInput, match="not answered from this input"):
        run(source, target, proofs=False)
    with pytest.raises(BadInput, match="same file"):
        run(source, source)
    with pytest.raises(BadInput, match="directory"):
        run(tmp_path, target)
    with pytest.raises(BadInput, match="No such file"):
        run(tmp_path / "none", target)


def test_two_runs_do_not_write_to_one_file(source: Path, tmp_path: Path) -> None:
    fcntl = pytest.importorskip("fcntl")
    target = tmp_path / "out.jsonl"
    with target.open("wb") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another batch"):
            run(source, target)


def test_pipes_progress_and_codes(source: Path) -> None:
    job = process("batch", "-", "-", "--no-proofs")
    out, err = job.communicate(json.dumps(CARD) + "\nnonsense\n", timeout=120)
    assert [json.loads(line)["schema"] for line in out.splitlines()] == [
        "rigwise/recommendation/1", "rigwise/batch-error/1",
    ]  # fmt: skip
    assert job.returncode == 1 and "1 answered, 1 refused" in err and "\r" not in err


def test_without_dask_it_says_what_to_install(source: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['distributed'] = None; from cli import main; main()"
    job = process("batch", source, tmp_path / "out", "--workers", "2", code=code)
    _, err = job.communicate(timeout=120)
    assert job.returncode == 2 and "rigwise[cluster]" in err and "Traceback" not in err


def test_a_killed_worker_loses_nothing(source: Path, tmp_path: Path) -> None:
    """Two real processes of Dask, one killed at work: the answers are those of one process, to the byte."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'rigwise[cluster]'")
    import psutil

    asked = [json.dumps(asking(users)) for users in range(1, 6)]
    source.write_text("\n".join([*asked[:2], "nonsense", *asked[2:]]) + "\n", "utf-8")
    target, whole = tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    run(source, whole, proofs=False)
    job = process("batch", source, target, "--workers", "2", "--no-proofs")
    wait_for(target, 1, job)
    workers = [
        one for one in psutil.Process(job.pid).children(recursive=True) if "spawn_main" in " ".join(one.cmdline())
    ]
    assert len(workers) == 2
    workers[0].kill()
    out, err = job.communicate(timeout=300)
    assert job.returncode == 1, (out, err)
    assert target.read_bytes() == whole.read_bytes()


def test_a_scheduler_that_runs_elsewhere_answers_the_same(source: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'rigwise[cluster]'")
    told = tmp_path / "scheduler.json"
    place = ("--scheduler-file", str(told), "--no-dashboard")
    dask = [
        subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{one}", *place, *more],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        for one, more in (("scheduler", ["--port", "0"]), ("worker", ["--nthreads", "1", "--no-nanny"]))
    ]  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not (told.exists() and told.stat().st_size) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(0.2)
        source.write_text(json.dumps(asking(1)) + "\n", "utf-8")
        run(source, tmp_path / "far", cluster=json.loads(told.read_text("utf-8"))["address"])
    finally:
        for job in reversed(dask):
            job.kill()
            job.wait()
    run(source, tmp_path / "near")
    assert (tmp_path / "far").read_bytes() == (tmp_path / "near").read_bytes()


@pytest.mark.skipif("RIGWISE_SOAK" not in os.environ, reason="kills four workers, one after the other: RIGWISE_SOAK=1")
def test_a_line_that_kills_worker_after_worker_is_refused() -> None:
    pytest.importorskip("distributed")
    from engine.asking.batch import cluster
    from engine.asking.batch.lines import Line

    with cluster._client(2, None) as client:
        told = cluster._result(client, Line(7, "{}"), client.submit(os._exit, 1, pure=False))
    assert json.loads(told)["line"] == 7


def test_a_scheduler_without_the_program_is_told_apart_from_a_fault_of_ours() -> None:
    cluster = pytest.importorskip("distributed") and importlib.import_module("engine.asking.batch.cluster")

    class Lost:
        def result(self, timeout: float) -> str:
            raise RuntimeError("Error during deserialization of the task graph")

    class Broken:
        def result(self, timeout: float) -> str:
            raise RuntimeError("something else")

    with pytest.raises(BadInput, match="the scheduler cannot read"):
        cluster._result(None, None, Lost())
    with pytest.raises(RuntimeError, match="something else"):
        cluster._result(None, None, Broken())
