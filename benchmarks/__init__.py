"""Speed and memory, printed as ratios against something run beside them; never asserted in a test."""
