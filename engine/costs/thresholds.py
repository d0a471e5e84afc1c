"""Distances, versions and what-ifs by which a conclusion is drawn or not."""

from __future__ import annotations

import re

from .validity import finite, fractions, not_negative, positive, refusal

__all__ = ["relative_distance", "step_without_host", "version_order"]

# A release a.b.c counts as c + 1000 b + 1000000 a.
PLACE = 1000
_RELEASE = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:[.+-].*)?")
_BUILD = re.compile(r"b?(\d+)")


def relative_distance(before: float, after: float) -> float:
    """How far two quantities lie apart, up or down, as a share of the first [1].

    .. math:: d = |a - b| / b

    before: b, above 0 [any unit]. after: a [the same unit].

    Valid for: b above 0.
    Source: definition.

    >>> relative_distance(before=40.0, after=30.0)
    0.25
    """
    positive(before=before)
    finite(after=after)
    return abs(after - before) / before


def version_order(version: str) -> int:
    """A number that grows with the version of a program [1].

    .. math:: n = 10^6 a + 10^3 b + c

    version: a release a.b or a.b.c, with or without a leading v, or a build number with or without a leading b [text].

    Valid for: these two forms; releases and builds are not to be compared with each other.
    Source: definition.

    >>> version_order(version="0.15.5")
    15005
    >>> version_order(version="b1500")
    1500
    """
    text = version.strip() if isinstance(version, str) else ""
    release = _RELEASE.fullmatch(text)
    if release:
        first, second, third = (int(part or 0) for part in release.groups())
        return (first * PLACE + second) * PLACE + third
    build = _BUILD.fullmatch(text)
    if build is None:
        raise refusal("version", version, "a release such as 0.11.5 or a build such as b1500")
    return int(build[1])


def step_without_host(step: float, host: float, weights: float, spilled: float) -> float:
    """Time of a decode step if what lies in host memory lay on the cards as well [s].

    .. math:: t' = t - t_h + t_w \\frac{s}{1 - s}

    step: t, of the step as it is [s]. host: t_h, part of it that reads host memory [s].
    weights: t_w, part of it that reads weights on the cards [s]. spilled: s, share of the weights in host memory [1].

    Valid for: s below 1; nothing on the cards tells nothing of their pace.
    Source: the terms of the step are added up, so one can be taken out and another scaled.

    >>> step_without_host(step=0.050, host=0.020, weights=0.020, spilled=0.2)
    0.035
    """
    positive(step=step)
    not_negative(host=host, weights=weights)
    fractions(spilled=spilled)
    if spilled == 1:
        raise refusal("spilled", spilled, "a share below 1")
    return step - host + weights * spilled / (1 - spilled)
