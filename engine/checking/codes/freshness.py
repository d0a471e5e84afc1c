"""F: freshness."""

from .code import Code

FRESHNESS = (
    Code(
        "F701",
        "stale-price",
        "warning",
        "The newest price is older than the vocabulary allows.",
        "Prices of cards move within weeks.",
        'date: "2024-01-01"',
        "a price of this month beside the old one",
    ),
    Code(
        "F702",
        "stale-source",
        "warning",
        "A source that was read long ago.",
        "Pages change.",
        'retrieved: "2020-01-01"',
        'retrieved: "2026-11-23"',
    ),
    Code(
        "F703",
        "undated-price",
        "warning",
        "A price without a date.",
        "It cannot be known whether it still holds.",
        "{low: 60, high: 160}",
        '{low: 60, high: 160, date: "2026-11-23"}',
    ),
)
