#!/bin/sh
# Mints a compact JWT with openssl alone: mint.sh rs256|ps256|hs256|none KEYFILE,
# with HEADER and CLAIMS in the environment. KEYFILE is a PEM key for rs256 and
# ps256, and raw bytes for hs256.
set -eu
b64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }
input=$(printf %s "$HEADER" | b64url).$(printf %s "$CLAIMS" | b64url)
case $1 in
rs256) signature=$(printf %s "$input" | openssl dgst -sha256 -sign "$2" -binary | b64url) ;;
ps256) signature=$(printf %s "$input" | openssl dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sign "$2" -binary | b64url) ;;
hs256)
	hexkey=$(od -An -v -tx1 "$2" | tr -d ' \n')
	signature=$(printf %s "$input" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$hexkey" -binary | b64url)
	;;
none) signature= ;;
esac
printf '%s.%s' "$input" "$signature"
