"""The ways of adapting that the desk offers."""

from __future__ import annotations

ADAPTERS: dict[str, tuple[str, str]] = {
    "meta-perser": ("Meta-PerSER", "A few learned steps from everyone's model; the best choice"),
    "fine-tune": ("Fine-tuning", "Plain steps that stay near everyone's model"),
    "bias-and-temperature": (
        "Calibration only",
        "Shifts how readily each word is named; gentle",
    ),
}
"""What the listener may choose from; names of the adapters, titles, explanations."""

GENTLEST = "bias-and-temperature"
