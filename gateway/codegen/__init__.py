"""Generates `gateway/codec/generated/` from `avro/`: classes, strict decoders and encoders.

The schemas must pass the lint; `python -m gateway.codegen` writes the files, a test fails when they
are stale. Nothing here runs on the line.
"""
