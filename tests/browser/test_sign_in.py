"""Signing in by OpenID Connect, from the button to the console's own routes."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from qualab.lab.server import free_port

pytestmark = pytest.mark.browser
APP = Path(__file__).parents[2] / "app.py"
CLIENT = "qualab-console"


@contextmanager
def provider(email: str, *, verified: bool = True) -> Iterator[str]:
    """Serve an OpenID Connect provider that takes whoever comes for `email`, and give its address."""
    key, nonces = RSAKey.generate_key(2048, parameters={"kid": "test"}), {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, asked = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
            here = f"http://127.0.0.1:{self.server.server_port}"
            if path == "/.well-known/openid-configuration":
                self._say(
                    {
                        "issuer": here,
                        "authorization_endpoint": f"{here}/authorize",
                        "token_endpoint": f"{here}/token",
                        "jwks_uri": f"{here}/jwks",
                        "response_types_supported": ["code"],
                        "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                    }
                )
            elif path == "/jwks":
                self._say({"keys": [key.as_dict(private=False)]})
            else:
                nonces["code"] = asked["nonce"][0]
                back = urlencode({"code": "code", "state": asked["state"][0]})
                self.send_response(302)
                self.send_header("location", f"{asked['redirect_uri'][0]}?{back}")
                self.end_headers()

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            now = int(time.time())
            claims = {"iss": f"http://127.0.0.1:{self.server.server_port}", "aud": CLIENT, "sub": "1", "iat": now}
            claims |= {"exp": now + 600, "nonce": nonces["code"], "email": email, "email_verified": verified}
            token = jwt.encode({"alg": "RS256", "kid": "test"}, claims, key)
            self._say({"access_token": "x", "token_type": "Bearer", "expires_in": 600, "id_token": token})

        def _say(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def served(root: Path, folder: Path, issuer: str, emails: str) -> Iterator[str]:
    """Serve a workspace whose door is `issuer`."""
    port = free_port()
    url = f"http://localhost:{port}"
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f'[auth]\nredirect_uri = "{url}/oauth2callback"\ncookie_secret = "{"s" * 40}"\nclient_id = "{CLIENT}"\n'
        f'client_secret = "secret"\nserver_metadata_url = "{issuer}/.well-known/openid-configuration"\n'
    )
    environment = {**os.environ, "QUALAB_STUDIES": str(root), "QUALAB_CONSOLE_EMAILS": emails}
    environment.pop("QUALAB_ADMIN_TOKEN", None)
    command = [sys.executable, "-m", "streamlit", "run", str(APP), "--server.port", str(port)]
    with (folder / "log.txt").open("wb") as log:
        words = [*command, "--secrets.files", str(secrets)]
        server = subprocess.Popen(words, env=environment, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(600):
            assert server.poll() is None, (folder / "log.txt").read_text()
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(30)


def test_who_is_on_the_list_signs_in_and_the_consoles_own_routes_open(page, toy, tmp_path):
    with provider("Ada@example.org") as issuer, served(toy.root, tmp_path, issuer, "ada@example.org") as url:
        page.goto(f"{url}/studies")
        assert page.request.get(f"{url}/export/toy/votes.csv").status == 404
        page.get_by_role("button", name="Sign in to the console").click()
        link = page.get_by_role("link", name="Open the console")
        link.wait_for()
        ticket = link.get_attribute("href")
        link.click()
        page.wait_for_url("**/studies")
        page.wait_for_selector("text=Toy study")
        assert page.request.get(f"{url}/export/toy/votes.csv").status == 200
        page.context.clear_cookies()
        assert page.request.get(f"{url}{ticket}").status == 404


@pytest.mark.parametrize(("email", "verified"), [("eve@example.org", True), ("ada@example.org", False)])
def test_who_is_not_on_the_list_or_unproven_signs_in_for_nothing(page, toy, tmp_path, email, verified):
    with (
        provider(email, verified=verified) as issuer,
        served(toy.root, tmp_path, issuer, "ada@example.org") as url,
    ):
        page.goto(url)
        page.get_by_role("button", name="Sign in to the console").click()
        page.wait_for_selector("text=may not open this console")
        assert page.get_by_role("link", name="Open the console").count() == 0
        page.goto(f"{url}/studies")
        page.wait_for_selector("text=may not open this console")
        assert "Toy study" not in page.content()
        assert page.request.get(f"{url}/export/toy/votes.csv").status == 404
