"""A network as one page that works from a disk: its layers, where the cost sits, and sliders for its sizes.

The page holds every figure as a program over the sizes that may vary, made of the closed forms, and
runs it in whole numbers of any length. Nothing is loaded, nothing is sent, and no text of a spec is
ever part of a script.
"""
