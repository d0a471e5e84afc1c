"""S: shape, by JSON Schema."""

from .code import Code

SHAPE = (
    Code(
        "S101",
        "unknown-field",
        "error",
        "A field that the schema of this folder does not have.",
        "It is most often a misspelling, and its value would have no effect.",
        "memory_bandwith_gb_s: 936",
        "memory_bandwidth_gb_s: 936",
    ),
    Code(
        "S102",
        "missing-field",
        "error",
        "A field that every entry of this folder needs.",
        "Rules rely on it being there.",
        "schema: 1",
        "schema: 1\nname: GeForce RTX 3090\nsources: […]",
    ),
    Code(
        "S103",
        "wrong-type",
        "error",
        "Text in place of a number, a number in place of text, and so on.",
        '"24 GB" cannot be compared with 20.',
        'vram_gib: "24 GB"',
        "vram_gib: 24",
    ),
    Code(
        "S104",
        "not-one-of",
        "error",
        "A word that is not among those the schema lists.",
        "Rules compare words letter by letter.",
        "vendor: Nvidia",
        "vendor: nvidia",
    ),
    Code(
        "S105",
        "out-of-bounds",
        "error",
        "A number that its field cannot have by its meaning.",
        "A share above 1 is a percentage.",
        "limit_power: [80]",
        "limit_power: [0.8]",
    ),
    Code(
        "S106",
        "wrong-form",
        "error",
        "A text of another form than the field needs: dates, keys, addresses, codes.",
        "Dates are compared as text, keys are file names.",
        "launch_date: 24.9.2020",
        'launch_date: "2020-09-24"',
    ),
    Code(
        "S107",
        "wrong-length",
        "error",
        "A list or text that is too short or too long.",
        "An empty text says nothing.",
        'name: ""',
        "name: GeForce RTX 3090",
    ),
    Code(
        "S108", "other-shape", "error", "Some other thing that the schema does not allow.", "See the message.", "-", "-"
    ),
)
