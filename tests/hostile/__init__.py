"""Hostile and bad input: the table of cases, and the fuzzer of the decoders."""
