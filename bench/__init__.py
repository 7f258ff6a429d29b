"""The benchmark: one corpus, several systems, one core for each; see docs/benchmarks.md."""
