"""Scenario and knowledge become the facts that rules see: SI units, each value with the place it came from."""
