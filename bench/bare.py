"""What the way in is compared with: a Flask endpoint that reads JSON and answers JSON of the same size."""

from __future__ import annotations

import json

from flask import Flask, Response, jsonify, request

app = Flask(__name__)
ANSWER = {
    "visitor": "9f2c" * 8,
    "visit": "9f2c" * 6,
    "tag": "k3v9xq",
    "numbers": [{"swap": "+74951112233", "match": ["74951112233"], "number": "+74957770001", "ttl": 900}],
    "emails": [{"swap": "sales@example.com", "address": "sales+k3v9xq@example.com"}],
    "beat": 45,
    "reason": None,
}


@app.post("/w/visit")
def visit() -> Response:
    said = json.loads(request.get_data())
    return jsonify(ANSWER | {"visitor": said["visitor"]})
