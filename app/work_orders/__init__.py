"""Work orders, and the hand-off that makes each of them exactly once."""
