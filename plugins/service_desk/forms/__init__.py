"""Forms of the service desk, by entity."""
