package osservice

import (
	"context"
	"io"
	"net"
	"os"
)

// Host is what a process has of whoever started it.
type Host struct {
	Supervisor
	Sockets map[string]net.Listener // see [Inherited]
	Reload  chan os.Signal          // gets a signal when the configuration is to be read anew
	Log     io.Writer               // takes the lines of a JSON log; nil: there is no other place than stderr
}

// Work is what the process is there for. It returns soon after ctx has ended.
type Work func(ctx context.Context, host Host) error

// Run does the work under whoever started the process: systemd, the service
// control manager of Windows, or nobody. It returns what the work returns.
func Run(ctx context.Context, work Work) error {
	if managed, err := managed(); managed || err != nil {
		return runManaged(ctx, work, err)
	}
	supervisor, err := FromEnvironment()
	if err != nil {
		return err
	}
	sockets, err := Inherited()
	if err != nil {
		return err
	}
	return work(ctx, Host{Supervisor: supervisor, Sockets: sockets, Reload: make(chan os.Signal, 1)})
}
