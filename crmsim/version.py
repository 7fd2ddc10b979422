"""The version, in a place of its own so that nothing has to be imported to know it."""

VERSION = "0.1.0"
