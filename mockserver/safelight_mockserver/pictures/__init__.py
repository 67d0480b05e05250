"""The images of a fake API: composed, drawn and written as files."""
