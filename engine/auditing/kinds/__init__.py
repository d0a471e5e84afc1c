"""What each kind of claim says and asks: `ASK` before anything is predicted, `TELL` after.

`READ` is as much of it as shows whether a claim can be read, and costs no prediction.
"""

from __future__ import annotations

from collections.abc import Callable

from ..bench import Bench
from ..claims import Claim
from .attributes import attribute, divides, price
from .concluded import bottleneck, conclusion, read_bottleneck, read_conclusion
from .numbers import amount, arithmetic, proportion, ratio, share, shares
from .predicted import ask_fits, ask_gain, ask_measurement, fits, gain, measurement
from .sizes import size

Step = Callable[[Claim, Bench], None]

ASK: dict[str, Step] = {"measurement": ask_measurement, "fits": ask_fits, "gain": ask_gain}
TELL: dict[str, Step] = {
    "measurement": measurement,
    "attribute": attribute,
    "size": size,
    "ratio": ratio,
    "share": share,
    "shares": shares,
    "proportion": proportion,
    "arithmetic": arithmetic,
    "amount": amount,
    "gain": gain,
    "fits": fits,
    "divides": divides,
    "price": price,
    "conclusion": conclusion,
    "bottleneck": bottleneck,
}

READ: dict[str, Step] = {**TELL, **ASK, "conclusion": read_conclusion, "bottleneck": read_bottleneck}
