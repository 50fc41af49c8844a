package server

import (
	"fmt"
	"os"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/negotiate"
)

// mechanisms are those that Windows negotiates with us, the better one first.
func mechanisms(c config.Clients, o Options) (negotiate.Acceptor, error) {
	var list negotiate.Acceptor
	tickets, err := kerberosTickets(c.Kerberos, o)
	if err != nil {
		return nil, err
	}
	if tickets != nil {
		list = append(list, tickets)
	}
	return list, nil
}

// kerberosTickets reads a keytab; no path is no Kerberos.
func kerberosTickets(c config.Kerberos, o Options) (*kerberos.Acceptor, error) {
	if c.Keytab == "" {
		return nil, nil
	}
	file, err := os.Open(string(c.Keytab))
	if err != nil {
		return nil, fmt.Errorf("clients.kerberos.keytab: %w", err)
	}
	defer file.Close()
	tickets, err := kerberos.New(file, kerberos.Options{
		MaxSkew: time.Duration(c.MaxSkew), Binding: binding(c.ChannelBinding), Replays: o.replays, Log: o.Log,
	})
	if err != nil {
		return nil, fmt.Errorf("clients.kerberos.keytab: %s: %w", c.Keytab, err)
	}
	return tickets, nil
}

func binding(c config.ChannelBinding) kerberos.Binding {
	switch c {
	case config.NoBinding:
		return kerberos.BindingIgnored
	case config.BindingRequired:
		return kerberos.BindingRequired
	default:
		return kerberos.BindingWhenPresent
	}
}
