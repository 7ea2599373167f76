"""Named lists of deals, by which what is read across deals is filtered."""
