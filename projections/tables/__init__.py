"""Tables across deals, kept up to date by the runner."""
