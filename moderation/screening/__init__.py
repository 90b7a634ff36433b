"""The machine's opinion on a comment: rules look at its facts, and say in a sentence what they noticed."""
