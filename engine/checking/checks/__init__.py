"""Checks over the whole set of documents, one a file. A check takes a Library and gives findings; CHECKS is the list.

To add one: a file here with a function `check`, its codes in ../codes/, its module in the list below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...reading.diagnostic import Diagnostic
from ..document import Library
from . import (
    apart_claims,
    attention_layers,
    bandwidth,
    bare_claims,
    block_formats,
    capacity,
    chip_facts,
    claim_successors,
    compute_per_watt,
    counterparts,
    dates,
    engine_parts,
    entry_names,
    example_types,
    family_names,
    far_values,
    field_types,
    file_names,
    fitted_constants,
    foreign_sources,
    grain,
    heads,
    host_memory,
    link_rates,
    measurement_rows,
    memory_chips,
    missing_fields,
    model_shape,
    name_numbers,
    name_words,
    nvlink_rate,
    odd_keys,
    odd_words,
    orders,
    overlaid,
    parameter_count,
    policy,
    prices,
    quantized_sizes,
    quotes,
    raised_grades,
    rates,
    references,
    repeated_items,
    replaced_values,
    roofline,
    rule_evidence,
    rule_examples,
    rule_fields,
    rule_form,
    rule_ids,
    rule_outcomes,
    rule_overlap,
    rule_ranges,
    silence,
    source_use,
    sourceless,
    sources,
    stale,
    steps,
    strata,
    templates,
    unlike_peers,
)

Check = Callable[[Library], Iterator[Diagnostic]]

CHECKS: tuple[Check, ...] = tuple(
    module.check
    for module in (
        file_names, entry_names, sources, source_use, references, steps, claim_successors, silence,
        raised_grades, bare_claims, sourceless, templates,
        field_types, odd_words, odd_keys, policy, far_values, apart_claims, quotes, repeated_items, missing_fields,
        replaced_values, overlaid,
        bandwidth, nvlink_rate, rates, compute_per_watt, capacity, dates, prices, heads, attention_layers,
        link_rates, host_memory, model_shape, block_formats,
        grain, family_names, name_words, counterparts, foreign_sources,
        orders, chip_facts, memory_chips, name_numbers, unlike_peers, engine_parts, fitted_constants,
        parameter_count, quantized_sizes, roofline, measurement_rows,
        example_types, rule_ids, rule_form, rule_fields, rule_examples, rule_overlap, rule_ranges, rule_evidence,
        strata, rule_outcomes,
        stale,
    )
)  # fmt: skip
"""References, then plausibility, then rules, then freshness."""
