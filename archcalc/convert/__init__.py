"""Networks as other tools write them, read into specs: a file for each format."""
