"""Proof that the contract suite can fail: fakes with exactly one thing wrong, and whether the suite notices each."""
