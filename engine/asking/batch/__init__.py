"""Many scenarios at once: lines in, answers out, a line for a line, in the order of the lines.

A line of the output is the document that `recommend --format json` prints, or an error with the line it is about. The
number of whole lines in the output says how far a run came; a run that is started again goes on from there.
"""

from .batch import run

__all__ = ["run"]
