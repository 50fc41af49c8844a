package server

import (
	"context"
	"fmt"
	"os"
	"time"

	"availproxy/cmd/internal/config"
	"availproxy/ews/authn"
	"availproxy/ews/authn/kerberos"
	"availproxy/ews/authn/negotiate"
	"availproxy/ews/authn/ntlm"
	"availproxy/ews/authn/sspi"
)

// mechanisms are those of Windows, each of which may not be configured.
type mechanisms struct {
	kerberos  *kerberos.Acceptor
	ntlm      negotiate.Mechanism
	winbind   *ntlm.Winbind   // behind ntlm
	windows   *sspi.Authority // behind ntlm, where Windows checks logons
	negotiate authn.Acceptor  // where Windows negotiates, and not we
}

func newMechanisms(c config.Clients, o Options) (m mechanisms, err error) {
	if m.kerberos, err = kerberosTickets(c.Kerberos, o); err != nil {
		return m, err
	}
	switch c.NTLM.Backend {
	case config.NTLMWinbind:
		if m.winbind, err = winbind(c.NTLM, o); err == nil {
			m.ntlm, err = ntlm.New(m.winbind)
		}
	case config.NTLMAccounts:
		m.ntlm, err = ntlmAccounts(c.NTLM.AccountsFile, o)
	case config.NTLMSSPI:
		if m.windows, err = windows(c.NTLM, o); err == nil {
			m.ntlm = m.windows.NTLM()
		}
	}
	// An admin who names a keytab wants its keys: then we negotiate, and Windows
	// checks NTLM alone.
	if err == nil && m.windows != nil && m.kerberos == nil {
		m.negotiate = m.windows.Negotiate(binding(c.Kerberos.ChannelBinding))
	}
	return m, err
}

// background is the work behind the mechanisms.
func (m mechanisms) background() (work []func(context.Context) error) {
	if m.winbind != nil {
		work = append(work, m.winbind.Run)
	}
	if m.windows != nil {
		work = append(work, m.windows.Run)
	}
	return work
}

// schemes offer what there is: Kerberos can only be negotiated, and NTLM also
// goes by its own name, for callers that know nothing of Negotiate.
func (m mechanisms) schemes(known *authn.KnownConnections) []authn.Authenticator {
	var schemes []authn.Authenticator
	if n := m.negotiable(); n != nil {
		schemes = append(schemes, authn.Scheme{Name: "Negotiate", Acceptor: n, Known: known, OwnConnection: m.kerberos == nil && m.negotiate == nil})
	}
	if m.ntlm != nil {
		schemes = append(schemes, authn.Scheme{Name: "NTLM", Acceptor: m.ntlm, Known: known, OwnConnection: true})
	}
	return schemes
}

// negotiable is who negotiates, or nil where there is nothing to choose.
func (m mechanisms) negotiable() authn.Acceptor {
	if m.negotiate != nil {
		return m.negotiate
	}
	var ours negotiate.Acceptor // the better one first
	if m.kerberos != nil {
		ours = append(ours, m.kerberos)
	}
	if m.ntlm != nil {
		ours = append(ours, m.ntlm)
	}
	if len(ours) == 0 {
		return nil
	}
	return ours
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

// winbind starts no helper yet.
func winbind(c config.NTLM, o Options) (*ntlm.Winbind, error) {
	w, err := ntlm.NewWinbind(ntlm.WinbindOptions{Command: c.Helper, Pool: c.Pool, Timeout: time.Duration(c.Timeout), Log: o.Log})
	if err != nil {
		return nil, fmt.Errorf("clients.ntlm.helper: %w", err)
	}
	return w, nil
}

func ntlmAccounts(path config.Path, o Options) (*ntlm.Acceptor, error) {
	file, err := os.Open(string(path))
	if err != nil {
		return nil, fmt.Errorf("clients.ntlm.accounts_file: %w", err)
	}
	defer file.Close()
	accounts, err := ntlm.NewAccounts(file, o.hostName())
	if err != nil {
		return nil, fmt.Errorf("clients.ntlm.accounts_file: %s: %w", path, err)
	}
	return ntlm.New(accounts)
}

// windows asks the system nothing yet.
func windows(c config.NTLM, o Options) (*sspi.Authority, error) {
	open := sspi.Windows
	if o.windows != nil {
		open = o.windows
	}
	provider, err := open()
	if err != nil {
		return nil, fmt.Errorf("clients.ntlm.backend: %w", err)
	}
	return sspi.NewAuthority(provider, sspi.Options{Calls: c.Pool, Timeout: time.Duration(c.Timeout)})
}
