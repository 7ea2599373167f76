"""The transparency log in the database: heads, proofs, signing, timestamps."""
