"""Out to other frameworks: source code and files of a network, and frameworks as its witnesses."""
