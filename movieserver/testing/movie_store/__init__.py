"""The parts of the movie store's contract suite, one per subject."""
