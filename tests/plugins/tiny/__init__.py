"""The smallest plugin that uses the whole contract: it proves that the host needs no change for a second."""
