package osservice

import (
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
)

// Systemd is the Supervisor of a unit of Type=notify or notify-reload
// (sd_notify(3)).
type Systemd struct{ patience time.Duration }

var _ Supervisor = Systemd{}

// FromEnvironment is systemd if it has started the process and wants to be told,
// else Nobody.
func FromEnvironment() (Supervisor, error) {
	if os.Getenv("NOTIFY_SOCKET") == "" {
		return Nobody{}, nil
	}
	patience, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return nil, fmt.Errorf("osservice: %w", err)
	}
	return Systemd{patience}, nil
}

// Tell implements [Supervisor].
func (Systemd) Tell(state State, status string) error {
	var message strings.Builder
	switch state {
	case Ready:
		message.WriteString(daemon.SdNotifyReady + "\n")
	case Reloading: // the time tells a notify-reload unit that this answers its signal
		message.WriteString(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
	case Alive:
		message.WriteString(daemon.SdNotifyWatchdog + "\n")
	case Stopping:
		message.WriteString(daemon.SdNotifyStopping + "\n")
	}
	if status != "" {
		message.WriteString("STATUS=" + strings.ReplaceAll(status, "\n", " ") + "\n")
	}
	if _, err := daemon.SdNotify(false, message.String()); err != nil {
		return fmt.Errorf("osservice: tell systemd: %w", err)
	}
	return nil
}

// Patience implements [Supervisor].
func (s Systemd) Patience() time.Duration { return s.patience }

// Inherited are the listening sockets that systemd has opened for us, by the
// FileDescriptorName of their units (sd_listen_fds(3)). They stay open in systemd
// while the process is restarted, so that no connection is refused. Whoever takes
// one closes it.
func Inherited() (map[string]net.Listener, error) {
	named, err := activation.ListenersWithNames()
	if err != nil {
		return nil, fmt.Errorf("osservice: sockets of systemd: %w", err)
	}
	inherited := map[string]net.Listener{}
	for name, listeners := range named {
		if len(listeners) > 1 {
			return nil, fmt.Errorf("osservice: systemd gives %d sockets with the name %s; give each listener one", len(listeners), name)
		}
		inherited[name] = listeners[0]
	}
	return inherited, nil
}
