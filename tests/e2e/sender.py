"""Senders of signed webhooks.

`curl` is the platform as an outsider sees it: curl and openssl, no code of ours. `Connection` is a fast one for load: one
keep-alive connection, signing in Python.
"""

import hashlib
import hmac
import http.client
import json
import os
import ssl
import subprocess
import tempfile

PATH = "/genesys/telemetry"
JSON = "application/json"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def openssl_hmac(body_file, secret_file, binary=False):
    """HMAC-SHA256 of a file with the text in `secret_file` (without its line end), by the openssl tool alone."""
    with open(secret_file, "rb") as file:
        key = file.read().rstrip(b"\r\n").hex()
    done = subprocess.run(["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{key}",
                           *(["-binary"] if binary else ["-r"]), body_file],
                          check=True, capture_output=True, timeout=30)
    return done.stdout if binary else done.stdout.split()[0].decode()


def curl(url, body=b"", headers=(), ca=None, arguments=(), timeout=30):
    """POSTs `body`; `headers` are (name, value) pairs. Status 0: no HTTP answer came."""
    with tempfile.TemporaryDirectory() as folder:
        names = {name: os.path.join(folder, name) for name in ("request", "headers", "body")}
        with open(names["request"], "wb") as file:
            file.write(body)
        command = ["curl", "--silent", "--show-error", "--max-time", str(timeout), "--data-binary", "@" + names["request"],
                   "--dump-header", names["headers"], "--output", names["body"], "--write-out", "%{http_code}"]
        command += ["--cacert", ca] if ca else []
        for name, value in headers:
            # curl sends an empty header only when it ends in a semicolon.
            command += ["--header", f"{name}: {value}" if value else f"{name};"]
        done = subprocess.run([*command, *arguments, url], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout + 10)
        fields = {}
        if os.path.exists(names["headers"]):
            with open(names["headers"], encoding="latin-1") as file:
                for line in file:
                    name, colon, value = line.partition(":")
                    if colon:
                        fields[name.strip().lower()] = value.strip()
        content = b""
        if os.path.exists(names["body"]):
            with open(names["body"], "rb") as file:
                content = file.read()
        return Answer(int(done.stdout or 0), fields, content)


def curl_signed(adapter, secret_file, ca, body, path=PATH, content_type=JSON, arguments=(), timeout=30):
    with tempfile.NamedTemporaryFile() as file:
        file.write(body)
        file.flush()
        signature = openssl_hmac(file.name, secret_file)
    return curl(adapter.url + path, body, [("Content-Type", content_type), ("x-genesys-signature", signature)], ca,
                arguments, timeout)


class Connection:
    """One keep-alive HTTPS connection. One thread's world."""

    def __init__(self, adapter, secret, ca, timeout=20):
        self.secret = secret
        context = ssl.create_default_context(cafile=ca)
        self.connection = http.client.HTTPSConnection("127.0.0.1", adapter.port, timeout=timeout, context=context)

    def post(self, body, path=PATH, headers=None):
        if headers is None:
            headers = {"x-genesys-signature": hmac.new(self.secret, body, hashlib.sha256).hexdigest()}
        self.connection.request("POST", path, body, {"Content-Type": JSON, **headers})
        answer = self.connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def close(self):
        self.connection.close()


def event(event_id, **changes):
    """A send event of the default profile as bytes; `changes` overwrite members of `message`, or of the event where they are
    named type, version or timestamp."""
    message = {"id": f"m-{event_id}", "direction": "outbound", "channel": "SMS",
               "metadata": {"audit_correlation_id": f"c-{event_id}"}, "text": "Your statement is ready \u2713"}
    document = {"id": event_id, "type": "message:send", "version": "1.0", "timestamp": "2026-11-24T09:00:00.123Z",
                "message": message}
    for name, value in changes.items():
        (document if name in ("type", "version", "timestamp") else message)[name] = value
    return json.dumps(document, ensure_ascii=False).encode()
