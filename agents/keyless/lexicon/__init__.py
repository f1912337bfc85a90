"""Words of each language and the concept they stand for; adding a language means adding one file."""
