"""Products, and the products that customers own."""
