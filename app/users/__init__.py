"""Users, sessions and memberships."""
