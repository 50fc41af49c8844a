"""Logs on by Kerberos, inside of SPNEGO, and keeps the connection. It posts a
document, and for each line on standard input another one, always with a new token
and on that connection; the status of each answer is printed.
REQUESTS_CA_BUNDLE names the CA to trust.

usage: kerberos_connection.py URL
"""
import base64
import http.client
import os
import ssl
import sys
import urllib.parse

import gssapi

url = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPSConnection(url.hostname, url.port, context=ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"]))
connection.auto_open = 1
service = gssapi.Name("HTTP@" + url.hostname, gssapi.NameType.hostbased_service)


def post():
    context = gssapi.SecurityContext(name=service, mech=gssapi.OID.from_int_seq("1.3.6.1.5.5.2"), usage="initiate")
    token = "Negotiate " + base64.b64encode(context.step()).decode()
    connection.request("POST", url.path, "<x/>", {"Content-Type": "text/xml", "Authorization": token})
    answer = connection.getresponse()
    answer.read()
    connection.auto_open = 0  # another connection would not do
    return answer


print(post().status, flush=True)
for _ in sys.stdin:
    print(post().status, flush=True)
