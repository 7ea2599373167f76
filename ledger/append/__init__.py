"""Recording: group commit, decisions, imports."""
