"""Logs on by NTLM and keeps the connection. For each line on standard input it
posts a document without credentials on it, and prints the status of the answer.
REQUESTS_CA_BUNDLE names the CA to trust.

usage: ntlm_connection.py URL USER PASSWORD SCHEME
USER has a domain in front of it. PASSWORD is the name of a file. SCHEME is NTLM, or
Negotiate.
"""
import base64
import ctypes
import ctypes.util
import http.client
import os
import ssl
import sys
import urllib.parse

crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
for provider in (b"legacy", b"default"):  # OpenSSL has put MD4 aside
    crypto.OSSL_PROVIDER_load(None, provider)

from ntlm_auth.ntlm import NtlmContext

url, user, password_file, scheme = sys.argv[1:]
with open(password_file, encoding="utf-8") as f:
    password = f.read().strip()
domain, user = user.split("\\")
url = urllib.parse.urlsplit(url)
connection = http.client.HTTPSConnection(url.hostname, url.port, context=ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"]))
connection.auto_open = 1


def post(token=None):
    headers = {"Content-Type": "text/xml"}
    if token:
        headers["Authorization"] = scheme + " " + base64.b64encode(token).decode()
    connection.request("POST", url.path, "<x/>", headers)
    answer = connection.getresponse()
    answer.read()
    connection.auto_open = 0  # another connection would not do
    return answer


context = NtlmContext(user, password, domain, "LINUX7", ntlm_compatibility=3)
challenge = post(context.step()).headers["WWW-Authenticate"].split(" ")[1]
print(post(context.step(base64.b64decode(challenge))).status, flush=True)
for _ in sys.stdin:
    print(post().status, flush=True)
