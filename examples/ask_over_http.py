"""Ask a running Pulse over REST and follow the answer as it is made.

python examples/ask_over_http.py http://127.0.0.1:8000 "What was our change fail rate last quarter?"
"""

import json
import sys
from collections.abc import Iterator

import httpx


def events(base_url: str, question: str) -> Iterator[tuple[str, dict[str, object]]]:
    """(name, data) of each event; the last is `done` with the whole document."""
    headers = {"Accept": "text/event-stream"}
    with httpx.stream("POST", f"{base_url}/api/v1/ask", json={"question": question}, headers=headers, timeout=60) as answer:
        answer.raise_for_status()
        name = ""
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


if __name__ == "__main__":
    for kind, data in events(sys.argv[1], sys.argv[2]):
        print(kind, data["answer"] if kind == "done" else json.dumps(data)[:120])
