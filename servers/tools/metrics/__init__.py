"""Tools of the metrics server: questions about numbers, their definition and the records behind them."""
