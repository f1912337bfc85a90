"""Portfolio: what work was for and what it cost, how far larger work is, whether dates are kept, and what delay costs."""
