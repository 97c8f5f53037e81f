"""Demo data: deterministic, refused by the production configuration."""
