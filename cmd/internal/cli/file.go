package cli

import (
	"os"
	"strings"
)

// readSecretFile reads a password or a token; a line feed at its end does not
// belong to it. No path is no secret.
func readSecretFile(flag, path string) (string, error) {
	if path == "" {
		return "", nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", usage("%s: %w", flag, err)
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" {
		return "", usage("%s: %s is empty", flag, path)
	}
	return secret, nil
}

// writeNew writes a file that must not be there yet: nothing that somebody may
// still need is lost.
func writeNew(path string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
