"""Recording and reading events: posts, imports, exports, the live stream, the vocabulary."""
