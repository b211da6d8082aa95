"""Many architectures at once: closed forms at every point of a grid of sizes, exactly."""
