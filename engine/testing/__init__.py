"""Examples of rules, scenario files and mutants: what tells whether the rules say what they should."""
