"""Proofs, bundles, tiles and the audit over HTTP."""
