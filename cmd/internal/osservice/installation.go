package osservice

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// DefaultName is what the service is called, and the source of its events.
const DefaultName = "availproxy"

// Installation is a Windows service to be.
type Installation struct {
	Name       string   // of the service, and the source of its events
	Executable string   // absolute
	Arguments  []string // such as serve --config C:\availproxy\config.yaml
	Account    string   // "" is VirtualAccount
	Password   string   // none for virtual and managed accounts
}

// VirtualAccount is the account that Windows makes for a service of that name. It
// has no password, and speaks to other machines as the machine itself, which is what
// Kerberos without a keytab needs.
func VirtualAccount(name string) string { return `NT SERVICE\` + name }

// account is the one that the service runs as.
func (i Installation) account() string {
	if i.Account == "" {
		return VirtualAccount(i.Name)
	}
	return i.Account
}

// Check reports what Windows would not take, or would take for something else.
func (i Installation) Check() error {
	switch account := i.account(); {
	case i.Name == "" || len(i.Name) > 256 || strings.ContainsAny(i.Name, `/\`): // CreateServiceW
		return fmt.Errorf(`%q is no name of a service: want up to 256 characters without / and \`, i.Name)
	case !filepath.IsAbs(i.Executable):
		return fmt.Errorf("%s is no absolute path, and services start in the directory of the system", i.Executable)
	case !strings.ContainsAny(account, `\@`) && !strings.EqualFold(account, "LocalSystem"):
		return fmt.Errorf(`%q is no account: want DOMAIN\user, DOMAIN\managed$ or %s`, account, VirtualAccount(i.Name))
	case strings.EqualFold(account, "LocalSystem"):
		return errors.New("LocalSystem may do everything on this machine: want an account that may do less, such as " + VirtualAccount(i.Name))
	case withoutPassword(account) && i.Password != "":
		return fmt.Errorf("%s has no password", account)
	case !withoutPassword(account) && i.Password == "":
		return fmt.Errorf("%s needs its password", account)
	}
	return nil
}

// withoutPassword reports whether Windows itself looks after the password: of its
// own accounts, virtual ones, and managed ones, whose names end in $.
func withoutPassword(account string) bool {
	domain, _, _ := strings.Cut(account, `\`)
	return strings.EqualFold(domain, "NT SERVICE") || strings.EqualFold(domain, "NT AUTHORITY") || strings.HasSuffix(account, "$")
}
