"""Demo data and the seeder: deterministic, refused by the production configuration."""

DEMO_PASSWORD = "balcao-demo-2026"  # noqa: S105  everybody may know it: production refuses the demo
"""The password of every demo login; shown at start-up."""
