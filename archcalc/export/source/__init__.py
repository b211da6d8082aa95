"""A network as Python source: what is the same whichever framework it is written for."""
