"""Asks autodiscover, as SOAP, where mailboxes are, with exchangelib and a bearer
token, and prints what that library understood as JSON. REQUESTS_CA_BUNDLE names
the CA to trust.

usage: exchangelib_autodiscover.py URL CONNECT-TO TOKEN ADDRESS...
TOKEN is the name of a file. CONNECT-TO is where the host of URL is really
served: "127.0.0.1:8443".
"""
import json
import sys

from exchangelib import OAUTH2, Configuration, OAuth2AuthorizationCodeCredentials
from exchangelib.autodiscover.protocol import AutodiscoverProtocol
from exchangelib.protocol import FailFast
from oauthlib.oauth2 import OAuth2Token
from urllib3.util import connection

url, connect_to, token_file, *addresses = sys.argv[1:]
with open(token_file, encoding="utf-8") as f:
    token = f.read().strip()

create_connection = connection.create_connection
host, port = connect_to.rsplit(":", 1)
connection.create_connection = lambda _, *args, **kwargs: create_connection((host, int(port)), *args, **kwargs)


def user(address):
    answer = protocol.get_user_settings(address)
    if answer.error_code:  # None when there is none
        return {"address": address, "error": answer.error_code}
    if answer.redirect_address:
        return {"address": address, "error": "RedirectAddress", "target": answer.redirect_address}
    return {"address": address, "settings": {
        "ExternalEwsUrl": answer.ews_url, "AutoDiscoverSMTPAddress": answer.autodiscover_smtp_address,
        "EwsSupportedSchemas": answer.user_settings["ews_supported_schemas"],
    }}


out = {"fault": "", "users": []}
try:
    protocol = AutodiscoverProtocol(config=Configuration(
        service_endpoint=url, auth_type=OAUTH2, retry_policy=FailFast(),
        credentials=OAuth2AuthorizationCodeCredentials(access_token=OAuth2Token({"access_token": token, "token_type": "Bearer"}))))
    out["users"] = [user(a) for a in addresses]
except Exception as e:  # whatever the library makes of the answer is the finding
    out["fault"] = type(e).__name__ + ": " + str(e)
json.dump(out, sys.stdout)
