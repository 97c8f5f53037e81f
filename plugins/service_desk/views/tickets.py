"""HTTP of the tickets."""
