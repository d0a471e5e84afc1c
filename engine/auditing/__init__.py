"""Claims judged: what a source says, held against facts, formulas and physical limits.

A claim becomes facts (one file of `kinds` for each kind of claim), rules find what they should be and conclude a
verdict, and the document tells it with its proof. No verdict is stored.
"""
