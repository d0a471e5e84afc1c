"""Sentences of rules; see engine/model."""

from ..model.sentence import Formatter, pieces, placeholders, plain, render

__all__ = ["Formatter", "pieces", "placeholders", "plain", "render"]
