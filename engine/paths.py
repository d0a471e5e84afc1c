"""Where the program finds its data: beside the code, in a clone as in an installation."""

from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
KNOWLEDGE = HOME / "knowledge"
SCHEMAS = HOME / "schemas"
