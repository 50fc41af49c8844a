//go:build !windows

package sspi

import "errors"

// Windows returns the Provider of this machine, which only Windows has.
func Windows() (Provider, error) {
	return nil, errors.New("sspi: this machine does not run Windows")
}
