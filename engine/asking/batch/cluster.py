"""The same on Dask: processes of this machine, or a scheduler that runs elsewhere. Results in the order of the lines.

A few lines for each thread are on their way at a time, so memory stays bounded. What a worker had when it was killed
goes to another one; a line that kills worker after worker is refused like any other bad line.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from ...errors import BadInput, RigwiseError
from .answering import Setting, answer, refusal
from .lines import Line

AHEAD = 3  # lines on their way for each thread
LOOKS = 2.0  # s between looks for workers while a result is awaited
WAITS = 60.0  # s without any worker after which a run gives up


def answers(lines: Iterable[Line], setting: Setting, workers: int | None, address: str | None) -> Iterator[str]:
    """The answers to lines, in their order. Raises BadInput where there is no Dask, no scheduler or no worker."""
    with _client(workers, address) as client:
        waiting: deque[tuple[Line, Any]] = deque()
        for line in lines:
            waiting.append((line, client.submit(answer, line, setting, pure=False)))
            if len(waiting) >= AHEAD * max(1, sum(client.nthreads().values())):
                yield _result(client, *waiting.popleft())
        while waiting:
            yield _result(client, *waiting.popleft())


@contextlib.contextmanager
def _client(workers: int | None, address: str | None) -> Iterator[Any]:
    distributed = _distributed()
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if address:
        with _connected(distributed, address) as client:
            yield client
        return
    cluster = distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", memory_limit=0,
        silence_logs=logging.CRITICAL,
    )  # fmt: skip
    with cluster, distributed.Client(cluster) as client:
        yield client


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        raise BadInput(
            "several workers need Dask, which is not installed", hint="pip install 'rigwise[cluster]'"
        ) from None
    return distributed


def _connected(distributed: Any, address: str) -> Any:
    try:
        return distributed.Client(address, timeout=10)
    except (OSError, TimeoutError, ValueError) as error:
        raise BadInput(
            f"no Dask scheduler answers: {error}",
            where=f"--cluster {address}",
            hint="start one with `dask scheduler`, and give the address it prints, such as tcp://10.0.0.1:8786",
        ) from None


def _result(client: Any, line: Line, future: Any) -> str:
    """What a worker answered. Raises BadInput where nobody is left to answer."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker

    try:
        return str(_awaited(client, future))
    except KilledWorker:
        return _refused(line)
    except RigwiseError:
        raise
    except ImportError as error:
        raise BadInput(f"the workers cannot import rigwise: {error}", hint="install the same version there") from None
    except RuntimeError as error:  # the scheduler reads what it hands on, so it needs the program, too
        if "deserializ" not in str(error):
            raise
        raise BadInput(
            "the scheduler cannot read what it is sent", hint="install the same versions of rigwise and Dask there, too"
        ) from None
    except (CancelledError, OSError) as error:
        raise BadInput(
            f"the scheduler is gone: {type(error).__name__}", hint="run it again: it goes on after the last line"
        ) from None


def _awaited(client: Any, future: Any) -> Any:
    seen = time.monotonic()
    while True:
        try:
            return future.result(timeout=LOOKS)
        except TimeoutError:
            if client.nthreads():
                seen = time.monotonic()
            elif time.monotonic() - seen > WAITS:
                raise BadInput(
                    f"no worker has been there for {WAITS:.0f} s",
                    hint="start one with `dask worker ADDRESS`, run again",
                ) from None


def _refused(line: Line) -> str:
    import json

    told = refusal(
        line, "worker after worker was killed at this line", None, "try it alone with `rigwise recommend`", 3
    )
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
