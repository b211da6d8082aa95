"""What a neural network costs, layer by layer, and why."""

__version__ = "0.1.0"
