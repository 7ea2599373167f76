"""The formats of the transparency log, as pure functions of bytes: the tree, its tiles, signed notes, proof files.

Nothing here is invented. `tree` is RFC 6962 (RFC 9162 has the same tree and says how to check proofs); `tiles`, `note`
and `proof` are the C2SP texts tlog-tiles, signed-note, tlog-checkpoint, tlog-cosignature and tlog-proof.
Failed verifications raise `domain.errors.NotProven`; no function returns a boolean that a caller may ignore.
"""
