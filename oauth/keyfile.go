package oauth

import (
	"fmt"
	"io"
	"os"
	"runtime"
)

const maxKeyFile = 1 << 20 // bytes; a PFX with a chain has some ten thousand

// ReadKeyFile reads a file that holds a private key or a password and refuses
// one that its group or others may read. Windows has no such bits, so there it
// is not checked.
func ReadKeyFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	if mode := info.Mode().Perm(); mode&0o044 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("oauth: %s holds a secret that others can read (mode %04o); run: chmod 600 %s", path, mode, path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxKeyFile+1))
	if err != nil {
		return nil, fmt.Errorf("oauth: %w", err)
	}
	if len(data) > maxKeyFile {
		return nil, fmt.Errorf("oauth: %s is too big for a key", path)
	}
	return data, nil
}
