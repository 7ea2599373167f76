"""Rules that compare the sections of a state: conflicts, unknowns, contradictions, anomalies."""
