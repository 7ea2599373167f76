"""Sentences for the changes of a state: what each change is, why it came about, and which of them matter most."""
