"""Issue flow: how work items move from request to done."""
