"""Pull requests: how work is reviewed, merged and shipped."""
