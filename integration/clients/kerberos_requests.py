"""Sends a POST with requests and requests-kerberos, which does not take an
answer from a server that has not proved who it is.

usage: kerberos_requests.py URL
"""
import sys

import requests
from requests_kerberos import HTTPKerberosAuth, REQUIRED

answer = requests.post(sys.argv[1], data="<x/>", timeout=20, auth=HTTPKerberosAuth(mutual_authentication=REQUIRED))
print(answer.status_code, answer.text)
