"""The folders of knowledge and the files beside them, each with its schema. A new kind is a line here."""

BY_KIND = {
    "gpus": "gpu",
    "models": "model",
    "quantizations": "quantization",
    "engines": "engine",
    "links": "link",
    "platforms": "platform",
    "options": "option",
    "comparisons": "comparison",
    "prices": "price",
    "effects": "effect",
    "sources": "source",
    "rules": "rules",
    "claims": "claims",
    "measurements": "measurements",
    "vocabulary": "vocabulary",
    "attributes": "attributes",
    "chips": "chips",
    "pci_ids": "pci_ids",
    "calibration": "calibration",
    "conclusions": "conclusions",
}
"""Schema of each folder of knowledge, and of each file beside the folders."""
