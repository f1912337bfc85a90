"""Pure functions over series: signal or noise, forecasts."""
