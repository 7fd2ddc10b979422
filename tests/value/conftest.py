"""A busy machine is not a wrong formula: properties here have no time limit of their own."""

from hypothesis import settings

settings.register_profile("patient", deadline=None)
settings.load_profile("patient")
