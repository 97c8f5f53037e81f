"""Companies, their parameters and numbers."""
