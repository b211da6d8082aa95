"""Out to PyTorch: source code of a network, and PyTorch as a witness of it."""
