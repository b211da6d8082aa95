"""Views: each turns values into something to look at, and none computes or prints."""
