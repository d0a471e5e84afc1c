"""Facts, where rules look for them; the noun itself is in engine/model."""

from ..model.fact import Fact, Scalar, Values, canonical, concluded, identity, typed

__all__ = ["Fact", "Scalar", "Values", "canonical", "concluded", "identity", "typed"]
