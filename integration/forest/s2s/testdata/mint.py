"""Mints a compact JWT with PyJWT: mint.py rs256|ps256|hs256|none KEYFILE, with
HEADER and CLAIMS in the environment. KEYFILE is a PEM key for rs256 and ps256,
and raw bytes for hs256."""
import json
import os
import sys

import jwt

algorithm, keyfile = sys.argv[1:]
key = None
if algorithm != "none":
    with open(keyfile, "rb") as file:
        key = file.read()
header = json.loads(os.environ["HEADER"])
claims = json.loads(os.environ["CLAIMS"])
name = algorithm if algorithm == "none" else algorithm.upper()
header.pop("alg", None)
print(jwt.encode(claims, key, algorithm=name, headers=header), end="")
