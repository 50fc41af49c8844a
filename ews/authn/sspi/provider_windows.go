package sspi

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/alexbrainman/sspi"
	"golang.org/x/sys/windows"
)

// system is the Provider of Windows. The library has no call for the access token
// of a context.
type system struct{ contextToken *windows.LazyProc }

// Windows returns the Provider of this machine.
func Windows() (Provider, error) {
	s := system{windows.NewLazySystemDLL("secur32.dll").NewProc("QuerySecurityContextToken")}
	if err := s.contextToken.Find(); err != nil {
		return nil, fmt.Errorf("sspi: %w", err)
	}
	return s, nil
}

// Open implements [Provider] (learn.microsoft.com
// "acquirecredentialshandle--negotiate").
func (s system) Open(p Package) (Context, error) {
	info, err := sspi.QueryPackageInfo(string(p))
	if err != nil {
		return nil, statusOf(err)
	}
	credentials, err := sspi.AcquireCredentials("", string(p), sspi.SECPKG_CRED_INBOUND, nil)
	if err != nil {
		return nil, statusOf(err)
	}
	return &serverContext{system: s, pkg: p, room: int(info.MaxToken), credentials: credentials}, nil
}

// statusOf is err as a Status if it is one.
func statusOf(err error) error {
	if code, ok := errors.AsType[syscall.Errno](err); ok {
		return Status(code)
	}
	return err
}

// failed tells an error from success, information and warnings ([MS-ERREF] 2.1).
func (s Status) failed() bool { return s>>31 == 1 }
