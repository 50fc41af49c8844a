"""Sends a POST with one token that it has made with the GSS-API itself, and then
steps until the mechanism has had enough.

usage: kerberos_gssapi.py URL SERVICE krb5|spnego BINDING
URL     of a server on loopback; its certificate is not checked
SERVICE such as HTTP@localhost
BINDING none, own (the certificate that the server shows) or a text to be bound to
"""
import base64
import hashlib
import http.client
import ssl
import sys
import urllib.parse

import gssapi
from gssapi.raw import ChannelBindings

url, service, mechanism, binding = sys.argv[1:]
target = urllib.parse.urlsplit(url)
if target.scheme == "https":
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    connection = http.client.HTTPSConnection(target.netloc, context=context, timeout=20)
else:
    connection = http.client.HTTPConnection(target.netloc, timeout=20)
connection.connect()

bindings = None
if binding == "own":
    certificate = connection.sock.getpeercert(binary_form=True)
    bindings = ChannelBindings(application_data=b"tls-server-end-point:" + hashlib.sha256(certificate).digest())
elif binding != "none":
    bindings = ChannelBindings(application_data=binding.encode())

krb5 = gssapi.MechType.kerberos
spnego = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
client = gssapi.SecurityContext(
    name=gssapi.Name(service, gssapi.NameType.hostbased_service), usage="initiate", channel_bindings=bindings,
    mech=krb5 if mechanism == "krb5" else spnego, flags=gssapi.RequirementFlag.mutual_authentication)

token = client.step()
while True:
    connection.request("POST", target.path or "/", "<x/>", {"Authorization": "Negotiate " + base64.b64encode(token).decode()})
    answer = connection.getresponse()
    body = answer.read().decode()
    challenge = answer.headers.get("WWW-Authenticate", "")
    theirs = challenge.removeprefix("Negotiate").strip()
    if theirs:
        token = client.step(base64.b64decode(theirs))
    if answer.status != 401 or not theirs or not token:
        break
print(answer.status, "complete" if client.complete else "incomplete", body or challenge)
