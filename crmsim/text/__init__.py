"""The catalogue: every sentence that a user sees, in English and Simplified Chinese."""

from crmsim.text.catalogue import LANGUAGES, listed, say

__all__ = ["LANGUAGES", "listed", "say"]
