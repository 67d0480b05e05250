"""What all generated Python is written with: names, conditions and statements, and the facts of an operation."""
