"""The systems under test, one small file for each that we run as a program of our own."""
