"""rigwise: what limits a GPU rig for LLM inference, what to change first, and why."""
