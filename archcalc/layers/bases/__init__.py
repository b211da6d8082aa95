"""What kinds share: windows, axes found by name, means and variances. Families import from here alone."""
