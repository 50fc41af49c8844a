//go:build !windows

package osservice

import (
	"context"
	"errors"
)

// managed reports whether the service control manager of Windows has started the
// process.
func managed() (bool, error) { return false, nil }

func runManaged(_ context.Context, _ Work, err error) error { return err }

// ErrNotWindows is what Install and its like return elsewhere.
var ErrNotWindows = errors.New("osservice: only Windows has these services")

// Install makes the service and the source of its events.
func Install(Installation) error { return ErrNotWindows }

// Uninstall stops the service and removes it and the source of its events.
func Uninstall(context.Context, string) error { return ErrNotWindows }

// StartService has Windows start the service, and waits until it runs.
func StartService(context.Context, string) error { return ErrNotWindows }

// StopService has Windows stop the service, and waits until it has stopped.
func StopService(context.Context, string) error { return ErrNotWindows }
