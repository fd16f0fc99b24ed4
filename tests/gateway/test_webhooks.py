"""Webhooks: signed, once, to public addresses only; a receiver on this machine is allowed by the test alone."""

import asyncio
import datetime
import ipaddress
import json
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook

from gateway.addresses import checked_url, is_public
from gateway.app import Hooks
from gateway.sender import Sender
from parsers.errors import UsageError
from tests.gateway.running import running
from tests.gateway.test_translations import problem


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate for 127.0.0.1, in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256()))
    path = tmp_path_factory.mktemp("tls") / "test.pem"
    path.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
                     + made.public_bytes(serialization.Encoding.PEM))
    return path


class Receiver:
    """Answers as it is told, and remembers what came."""

    def __init__(self, certificate, answers):
        self.heard, answers = [], list(answers)
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append((dict(self.headers), body, self.path))
                status = answers.pop(0) if len(answers) > 1 else answers[0]
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                if status != 204:
                    self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"" if status == 204 else b"ok")

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = f"https://localhost:{self.server.server_port}/hook"


@contextmanager
def receiving(certificate, *answers):
    receiver = Receiver(certificate, answers)
    thread = threading.Thread(target=receiver.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


class Idle:
    """In place of the server's own sender."""

    async def run(self):
        await asyncio.Event().wait()


QUIET = Hooks(sender=Idle())


@pytest.fixture
def hooked(services):
    return services(QUIET, webhooks=True)


def ended(service, url):
    """A job that ended, whose webhook is at this URL; gives the webhook and the job."""
    hook = service.stores.webhooks.put("local", "hook", url)
    return hook, service.finished(webhook="hook")


def send(service, certificate):
    """As the server's own sender does, but that it may reach this machine."""
    tls = ssl.create_default_context(cafile=certificate)
    return asyncio.run(Sender(service.stores.deliveries, private=True, tls=tls).once())


def deliveries(service, job):
    return service.client.get(f"/v1/translations/{job['id']}/deliveries").json()["deliveries"]


def test_the_end_of_a_job_is_told_signed(hooked, certificate):
    with receiving(certificate, 204) as receiver:
        hook, job = ended(hooked, receiver.url)
        assert send(hooked, certificate) == 1
        assert send(hooked, certificate) == 0
    ((headers, body, _),) = receiver.heard
    told = Webhook(hook.secret).verify(body, {name.lower(): value for name, value in headers.items()})
    assert told["type"] == "translation.succeeded" and told["data"]["id"] == job["id"] and told["data"]["state"] == "succeeded"
    assert b"guide" not in body and b"words" not in body
    (delivery,) = deliveries(hooked, job)
    assert delivery["problem"] is None and delivery["delivered"] and delivery["status"] == 204 and delivery["next_attempt_at"] is None


@pytest.mark.parametrize(("status", "again"), [(500, True), (302, True), (404, True), (410, False)])
def test_what_the_receiver_answers(hooked, certificate, status, again):
    with receiving(certificate, status) as receiver:
        _, job = ended(hooked, receiver.url)
        assert send(hooked, certificate) == 1
    assert len(receiver.heard) == 1 and receiver.heard[0][2] == "/hook"       # no redirect is followed
    (delivery,) = deliveries(hooked, job)
    assert not delivery["delivered"] and delivery["status"] == status
    assert (delivery["next_attempt_at"] is not None) == again
    assert hooked.client.get("/v1/webhooks/hook").json()["enabled"] == again


def test_a_receiver_that_is_not_trusted_hears_nothing(hooked, certificate):
    with receiving(certificate, 204) as receiver:
        _, job = ended(hooked, receiver.url)
        assert asyncio.run(Sender(hooked.stores.deliveries, private=True).once()) == 1
    assert not receiver.heard
    assert "certificate" in deliveries(hooked, job)[0]["problem"]


def test_the_servers_own_sender_reaches_no_private_address(tmp_path, certificate, monkeypatch):
    monkeypatch.setattr("gateway.sender.EVERY", 0.05)
    with running(tmp_path, webhooks=True) as service, receiving(certificate, 204) as receiver:
        _, job = ended(service, receiver.url)               # localhost: known to be private only when it is resolved
        service.eventually(lambda: deliveries(service, job)[0]["problem"])
        assert "not public" in deliveries(service, job)[0]["problem"]
        assert not receiver.heard


@pytest.mark.parametrize("address", [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1",
    "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "nothing", ""])
def test_addresses_that_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"])
def test_addresses_that_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize("url", [
    "http://example.com/", "ftp://example.com", "https://", "https:///x", "https://127.0.0.1/", "https://127.1/", "https://2130706433/",
    "https://0x7f.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://user:word@example.com/", "https://example.com:0/",
    "https://example.com:99999/", "https://example.com/#x", "https://example.com/ x", "https://ex\r\nample.com", "https://é.example", "x" * 3000,
    "https://[", "//example.com"], ids=ascii)
def test_urls_that_no_webhook_has(url):
    with pytest.raises(UsageError):
        checked_url(url)


def test_webhooks_are_kept(hooked):
    made = hooked.client.put("/v1/webhooks/hook", json={"url": "https://example.com/x"}).json()
    assert made["secret"].startswith("whsec_") and made["enabled"]
    assert hooked.client.get("/v1/webhooks/hook").json()["secret"] is None
    moved = hooked.client.put("/v1/webhooks/hook", json={"url": "https://example.com/y"}).json()
    assert moved["secret"] == made["secret"]
    for body in ({"url": "http://example.com"}, {"url": 1}, {}, {"url": "https://example.com", "x": 1}, [], "x"):
        problem(hooked.client.put("/v1/webhooks/hook", json=body), 422, "invalid-request")
    problem(hooked.client.put("/v1/webhooks/hook", content=b"[" * 50_000, headers={"Content-Type": "application/json"}), 422, "invalid-request")
    problem(hooked.client.put("/v1/webhooks/hook", content=json.dumps({"url": "x" * 90_000}), headers={"Content-Type": "application/json"}), 413, "too-large")
    problem(hooked.client.put("/v1/webhooks/hook", data={"url": "https://example.com"}), 415, "unsupported-media-type")
    problem(hooked.submit(webhook="other"), 422, "invalid-request")
    assert hooked.client.delete("/v1/webhooks/hook").status_code == 204
    problem(hooked.client.get("/v1/webhooks/hook"), 404, "not-found")


def test_webhooks_are_off_unless_their_owner_wants_them(service):
    problem(service.client.put("/v1/webhooks/hook", json={"url": "https://example.com"}), 403, "forbidden")
    problem(service.submit(webhook="hook"), 422, "invalid-request")
