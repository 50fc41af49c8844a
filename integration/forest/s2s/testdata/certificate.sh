#!/bin/sh
# Makes key.pem, cert.pem and cert.der in the directory $1 with openssl, and
# prints the x5t of the certificate.
set -eu
openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj '/CN=Microsoft Exchange Server Auth Certificate' \
	-keyout "$1/key.pem" -out "$1/cert.pem" 2>"$1/openssl.log"
openssl x509 -in "$1/cert.pem" -outform der -out "$1/cert.der"
openssl dgst -sha1 -binary "$1/cert.der" | openssl base64 -A | tr '+/' '-_' | tr -d '='
