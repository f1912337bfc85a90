"""The planner that needs no key: words become concepts, concepts become a plan; it says so when it does not know."""
