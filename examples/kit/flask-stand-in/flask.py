"""As much of Flask as the examples use, for checks where it is not installed. Never needed to run an example by hand: `pip install flask`."""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import local

request = local()


def jsonify(*values, **fields):
    return values[0] if values else fields


class Flask:
    def __init__(self, name):
        self._routes = {}

    def post(self, path):
        return lambda view: self._routes.setdefault(path, view)

    def run(self, host="127.0.0.1", port=5000):
        routes = self._routes

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                request.json = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                given = routes[self.path]()
                body, status = given if isinstance(given, tuple) else (given, 200)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer((host, int(port)), Handler)
        print(f" * Running on http://{host}:{server.server_port}", file=sys.stderr, flush=True)
        server.serve_forever()
