package s2s

import (
	"crypto/x509"
	"slices"
	"strings"
	"time"
)

// Directory is a tenant of Entra.
type Directory struct {
	ID           string   // the GUID
	Domains      []string // verified, usable instead of the ID
	Applications []Application
	Resources    []Resource
	Elsewhere    bool // it lives in another cloud, of which Entra knows no more
}

// Application is an app registration together with its service principal in the
// directory.
type Application struct {
	ID       string // the application (client) id
	ObjectID string // of the service principal
	Name     string
	Keys     []KeyCredential
	// Roles are the app roles that an administrator has consented to, by the ID
	// of the Resource that defines them. Without any, tokens are given all the
	// same, and hold no roles (v2-oauth2-client-creds-grant-flow).
	Roles    map[string][]string
	Disabled bool // nobody may sign in to it
}

// KeyCredential is a certificate that was uploaded for an Application
// (keycredential). Where a date is zero, that of the certificate counts.
type KeyCredential struct {
	Certificate *x509.Certificate
	Start, End  time.Time
}

// Resource is the service principal of an API that tokens may be asked for.
type Resource struct {
	ID   string   // its application id
	URIs []string // its service principal names, such as https://graph.microsoft.com
}

// The application ids of the APIs that free/busy needs, and the app roles that
// open them.
const (
	GraphResource = "00000003-0000-0000-c000-000000000000"
	EWSResource   = ExchangePrincipal // "Office 365 Exchange Online" is the same principal

	RoleFullAccessAsApp    = "full_access_as_app"
	RoleCalendarsReadBasic = "Calendars.ReadBasic" // least privileged for getSchedule (calendar-getschedule)
	RoleCalendarsRead      = "Calendars.Read"
	RoleCalendarsReadWrite = "Calendars.ReadWrite"
)

// directory finds a tenant by its GUID or by a verified domain.
func (e *Entra) directory(name string) *Directory {
	for i := range e.Directories {
		if e.Directories[i].called(name) {
			return &e.Directories[i]
		}
	}
	return nil
}

func (d *Directory) called(name string) bool {
	named := func(domain string) bool { return strings.EqualFold(domain, name) }
	return named(d.ID) || slices.ContainsFunc(d.Domains, named)
}

func (d *Directory) application(id string) *Application {
	at := slices.IndexFunc(d.Applications, func(a Application) bool { return strings.EqualFold(a.ID, id) })
	if at < 0 {
		return nil
	}
	return &d.Applications[at]
}

// resource finds an API by a URI or by its application id.
func (d *Directory) resource(name string) *Resource {
	at := slices.IndexFunc(d.Resources, func(r Resource) bool {
		return strings.EqualFold(r.ID, name) || slices.ContainsFunc(r.URIs, func(uri string) bool { return strings.EqualFold(uri, name) })
	})
	if at < 0 {
		return nil
	}
	return &d.Resources[at]
}

// Add lets APIs be called by further names, and adds those that are new.
func (d *Directory) Add(resources ...Resource) {
	for _, r := range resources {
		if known := d.resource(r.ID); known != nil {
			known.URIs = append(known.URIs, r.URIs...)
		} else {
			d.Resources = append(d.Resources, r)
		}
	}
}

// lives is when the key may be used.
func (k KeyCredential) lives() Lives {
	l := Lives{From: k.Start, Until: k.End}
	if l.From.IsZero() {
		l.From = k.Certificate.NotBefore
	}
	if l.Until.IsZero() {
		l.Until = k.Certificate.NotAfter
	}
	return l
}
