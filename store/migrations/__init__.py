"""The steps that bring a database to the shape of `store.tables`: one file per step, `NNNN_verb_noun.py`."""
