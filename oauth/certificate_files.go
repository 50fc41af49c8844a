package oauth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"software.sslmate.com/src/go-pkcs12"
)

// ErrPassword says that the password of a PFX file is wrong.
var ErrPassword = errors.New("oauth: the password of the PFX file is wrong")

// ErrPFX says that a PFX file cannot be read as it is. Windows writes some in
// BER, which openssl reads and writes again in DER.
var ErrPFX = errors.New("oauth: the PFX file is damaged or written in BER; convert it with: " +
	"openssl pkcs12 -in old.pfx -nodes -out all.pem && openssl pkcs12 -export -in all.pem -out new.pfx " +
	"(add -legacy to the first when openssl does not know the algorithm), then delete all.pem")

// ParsePFX reads a PKCS #12 file with one key and its certificate; other
// certificates in it are passed over. The errors are [ErrPassword], [ErrPFX]
// and those of [NewCertificate].
func ParsePFX(data []byte, password string) (*Certificate, error) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return nil, errors.New("oauth: the file is PEM, not PFX; name the certificate as file and the private key as key")
	}
	key, cert, others, err := pkcs12.DecodeChain(data, password)
	if errors.Is(err, pkcs12.ErrIncorrectPassword) || errors.Is(err, pkcs12.ErrDecryption) {
		return nil, ErrPassword
	}
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", ErrPFX, err)
	}
	signer, err := signerOf(key)
	if err != nil {
		return nil, err
	}
	for _, c := range append(others, cert) { // openssl puts the certificate of the key first, Windows not always
		if public, ok := c.PublicKey.(*rsa.PublicKey); ok && public.Equal(signer.Public()) {
			cert = c
		}
	}
	return NewCertificate(cert, signer)
}

// ParsePEM reads a certificate and its unencrypted key, PKCS #8 or PKCS #1,
// which may stand in the same data. The first certificate counts.
func ParsePEM(certificate, key []byte) (*Certificate, error) {
	der, err := pemBlock(certificate, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("oauth: the auth certificate: %w", err)
	}
	signer, err := pemKey(key)
	if err != nil {
		return nil, err
	}
	return NewCertificate(cert, signer)
}

func pemKey(data []byte) (crypto.Signer, error) {
	if der, err := pemBlock(data, "RSA PRIVATE KEY"); err == nil {
		key, err := x509.ParsePKCS1PrivateKey(der)
		if err != nil {
			return nil, errors.New("oauth: the RSA private key is encrypted or damaged; openssl pkey -in old.key -out new.key decrypts it")
		}
		return key, nil
	}
	if _, err := pemBlock(data, "ENCRYPTED PRIVATE KEY"); err == nil {
		return nil, errors.New("oauth: the private key is encrypted; decrypt it with: openssl pkey -in old.key -out new.key, or use a PFX file")
	}
	der, err := pemBlock(data, "PRIVATE KEY")
	if err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, errors.New("oauth: the private key is damaged") // the cause could quote it
	}
	return signerOf(key)
}

func pemBlock(data []byte, kind string) ([]byte, error) {
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == kind {
			return block.Bytes, nil
		}
	}
	return nil, fmt.Errorf("oauth: there is no PEM block of type %s", kind)
}

func signerOf(key any) (crypto.Signer, error) {
	if signer, ok := key.(crypto.Signer); ok {
		return signer, nil
	}
	return nil, fmt.Errorf("oauth: a key of type %T cannot sign", key)
}

// ErrNotExportable says that the key of a certificate cannot be had, because it
// lives in hardware.
var ErrNotExportable = errors.New("oauth: the private key cannot be exported")

// PFX writes c and its key as PKCS #12 with AES-256 and SHA-256, which openssl
// and Windows Server 2019 and later read.
func (c *Certificate) PFX(password string) ([]byte, error) {
	return c.encode(pkcs12.Modern2023, password)
}

// LegacyPFX is PFX with 3DES and SHA-1, for the Windows servers before 2019 on
// which old Exchange runs. Its protection is weak.
func (c *Certificate) LegacyPFX(password string) ([]byte, error) {
	return c.encode(pkcs12.LegacyDES, password)
}

func (c *Certificate) encode(e *pkcs12.Encoder, password string) ([]byte, error) {
	key, ok := c.signer.(*rsa.PrivateKey)
	if !ok {
		return nil, ErrNotExportable
	}
	data, err := e.Encode(key, c.X509, nil, password)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return data, nil
}

// KeyPEM writes the private key as unencrypted PKCS #8.
func (c *Certificate) KeyPEM() ([]byte, error) {
	key, ok := c.signer.(*rsa.PrivateKey)
	if !ok {
		return nil, ErrNotExportable
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

// PEM writes the public certificate.
func (c *Certificate) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.X509.Raw})
}

// DER writes the public certificate as a .cer file holds it: what is uploaded
// to the other side.
func (c *Certificate) DER() []byte { return c.X509.Raw }
