"""What whoever reads, judges or explains a spec shares: values, sizes, patterns, faults and the words for them."""
