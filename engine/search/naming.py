"""What numbers, limits and goals are called: in documents and in sentences."""

from __future__ import annotations

# Number of the search, its name in the answer, factor from SI.
SHOWN = (
    ("decode", "decode_tok_s", 1.0), ("user_decode", "user_decode_tok_s", 1.0), ("prefill", "prefill_tok_s", 1.0),
    ("throughput", "output_throughput_tok_s", 1.0), ("ttft", "ttft_ms", 1e3), ("power", "power_w", 1.0),
    ("efficiency", "tokens_per_joule", 1.0), ("free", "free_gb", 1e-9),
)  # fmt: skip
NAMES = {number: name for number, name, _ in SHOWN} | {"max_watts": "power_limits_w"}
# In a sentence, and in which unit.
NOUNS = {
    "decode": ("decode", "tok/s"), "user_decode": ("decode of each user", "tok/s"), "prefill": ("prefill", "tok/s"),
    "throughput": ("output of all users", "tok/s"), "efficiency": ("tokens per joule", "tok/J"),
    "free": ("free memory", "GB"), "power": ("power", "W"), "max_watts": ("power limits", "W"),
}  # fmt: skip
# What a build has of that which a limit is about.
SPOKEN = {
    "decode": "decode {} tok/s", "user_decode": "each user {} tok/s", "prefill": "prefill {} tok/s",
    "throughput": "all users {} tok/s", "budget": "cost ${}", "max_watts": "power limits {} W",
}  # fmt: skip
LIMITS = {
    "budget": "a budget of ${}",
    "max_watts": "{} W",
    "decode": "a decode of {} tok/s for one user",
    "user_decode": "a decode of {} tok/s for each user at once",
    "prefill": "a prefill of {} tok/s",
    "throughput": "{} tok/s of all users",
}
MORE = {"budget": "more money", "max_watts": "more watts"}
GOALS = {"cost": "The cheapest that does it", "speed": "The most {}", "value": "The most {} for the money"}
