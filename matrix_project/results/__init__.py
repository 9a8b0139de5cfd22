"""What was observed: the contract as types, the verdicts, and the folders that keep both."""
