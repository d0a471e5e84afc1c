"""No input crashes the reader or the validator, hangs them, or makes them large. See fuzzing.py."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SOAK = int(os.environ.get("RIGWISE_SOAK", "0"))


def test_no_crash_no_hang_bounded_memory() -> None:
    """100,000 inputs in `make soak`."""
    count = max(400, 5 * SOAK)
    done = subprocess.run(
        [sys.executable, str(HERE / "fuzzing.py"), str(count), "7"], capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    print(f"\n{figures}")
    assert figures["inputs"] == count and figures["crashes"] == 0, figures["first_crashes"]
    assert figures["slowest_s"] < 2 and figures["peak_mb"] < 500
    assert figures["codes_reached"] > 15
