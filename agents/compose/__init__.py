"""Answers in words: templates that take every number from a result and write down which one it was."""
