"""A recommendation as one self-contained HTML file: no network, light and dark, to read, to fold out and to print.

Jinja2 fills the page because it escapes every value by itself: a model, a price or a reason of the scenario may hold
anything. It is imported when a page is asked for, never for text. A content security policy with the digest of the one
script keeps everything else from running or loading, whatever was in the scenario.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...model.quantity import number, percent
from ..paper import glued
from ..words import (
    REMARKS,
    TERMS,
    Words,
    beside,
    change,
    columns,
    doubt,
    effect,
    failed,
    fit,
    instruction,
    interval,
    money,
    named_metrics,
    not_to_buy,
    sentences,
    setup,
    steps,
    value_of,
)
from .figures import before_after, forest, stacks
from .proof_data import Nodes, as_json
from .rig_drawing import drawing

HERE = Path(__file__).parent


def text(kind: str, document: Mapping[str, Any], **_: Any) -> str:
    """The page of a recommendation."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    script = (HERE / "script.js").read_text("utf-8")
    words, nodes = Words(document), Nodes(document)
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "say": lambda said: glued(words.say(said)), "money": money, "change": change, "interval": interval,
        "number": number, "percent": percent, "value_of": value_of, "link": link,
    }  # fmt: skip
    return environment.get_template("page.html").render(
        d=document, path=document.get("path") or {}, words=words, nodes=nodes, terms=TERMS,
        metrics=named_metrics(document), remarks=REMARKS,
        main=columns(document)[0], verdict=sentences(glued(words.say(document["verdict"]["text"]))),
        columns=columns(document), doubt=doubt, effect=effect, instruction=instruction,
        failed=lambda row: failed(row, words),
        setup=list(setup(document, words)), fit=fit(document["estimate"]), stacks=stacks(document),
        steps=steps(document), beside=beside(document), not_to_buy=not_to_buy(document),
        compared=before_after(document), forest=forest(document, columns(document)[0]),
        rig=drawing(document, words), style=Markup((HERE / "style.css").read_text("utf-8")), script=Markup(script),
        script_digest=digest(script), proofs=Markup(as_json(document)),
    )  # fmt: skip


def digest(script: str) -> str:
    """The digest of a script as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def link(url: str) -> str:
    """A link that a page may carry: of the web, else empty.

    >>> link("https://example.org/a"), link("javascript:alert(1)")
    ('https://example.org/a', '')
    """
    return url if url.startswith(("https://", "http://")) else ""
