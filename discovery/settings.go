package discovery

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/beevik/etree"

	"availproxy/ews/soap"
)

// Names of [MS-OXWSADISC]. Microsoft's pages show the namespace with https; on
// the wire it has always been http.
const (
	autodiscoverNS  = "http://schemas.microsoft.com/exchange/2010/Autodiscover"
	addressingNS    = "http://www.w3.org/2005/08/addressing"
	getUserSettings = autodiscoverNS + "/Autodiscover/GetUserSettings"

	// schemaVersion is the lowest that servers accept for SOAP autodiscover, and
	// has all settings that are asked for here.
	schemaVersion = "Exchange2010"
)

// The settings that are asked for. InteropExternalEwsUrl names a server that
// serves a mailbox on behalf of an older one.
const (
	externalEwsURL = "ExternalEwsUrl"
	interopEwsURL  = "InteropExternalEwsUrl"
)

// The ErrorCodes that are told apart; any other is a failure without a name.
const (
	codeNoError         = "NoError"
	codeRedirectAddress = "RedirectAddress"
	codeRedirectURL     = "RedirectUrl"
	codeInvalidUser     = "InvalidUser"
	codeInvalidRequest  = "InvalidRequest"
	codeInvalidSetting  = "InvalidSetting"
	codeServerBusy      = "ServerBusy"
)

// settingsLimits bound an answer. A user takes about 20 elements.
var settingsLimits = soap.Limits{Bytes: 256 << 10, Depth: 32, Elements: 5000}

// settingsRequest writes a GetUserSettings request to that URL. The order of
// the elements is part of the contract of the service.
func settingsRequest(to string, users, settings []string) []byte {
	doc, header, body := soap.NewEnvelope(true, soap.Prefix{Name: "w", Namespace: addressingNS}, soap.Prefix{Name: "a", Namespace: autodiscoverNS})
	soap.AddText(header, "a:RequestedServerVersion", schemaVersion)
	soap.AddText(header, "w:Action", getUserSettings)
	soap.AddText(header, "w:To", to)
	request := body.CreateElement("a:GetUserSettingsRequestMessage").CreateElement("a:Request")
	list := request.CreateElement("a:Users")
	for _, u := range users {
		soap.AddText(list.CreateElement("a:User"), "a:Mailbox", u)
	}
	list = request.CreateElement("a:RequestedSettings")
	for _, s := range settings {
		soap.AddText(list, "a:Setting", s)
	}
	return soap.Bytes(doc)
}

// settingsAnswer is a GetUserSettings response. Its users have no names: they
// come in the order of the request, and some of the last may be missing when
// the service is busy.
type settingsAnswer struct {
	code           string
	redirectTarget string
	users          []userSettings
}

// userSettings is what the service says about one user. A setting may be in
// neither map when the server is too old for it.
type userSettings struct {
	code           string
	redirectTarget string
	values         map[string]string
	errors         map[string]string // ErrorCode of settings that cannot be given
}

// faultError is a SOAP fault as an error.
type faultError struct{ *soap.Fault }

func (f faultError) Error() string { return "SOAP fault " + f.Code + ": " + f.Text }

// readSettings reads a GetUserSettings response to its end.
func readSettings(r io.Reader) (*settingsAnswer, error) {
	m, err := soap.Read(r, settingsLimits)
	if err != nil {
		return nil, err
	}
	if f := m.Fault(); f != nil {
		return nil, faultError{f}
	}
	if err := isSettingsResponse(m.Body); err != nil {
		return nil, err
	}
	response := soap.Child(m.Body, autodiscoverNS, "Response")
	a := &settingsAnswer{
		code:           text(response, "ErrorCode"),
		redirectTarget: text(response, "RedirectTarget"),
	}
	if a.code == "" {
		return nil, errors.New("the response has no ErrorCode")
	}
	for _, u := range soap.Children(soap.Child(response, autodiscoverNS, "UserResponses"), autodiscoverNS, "UserResponse") {
		a.users = append(a.users, readUser(u))
	}
	return a, nil
}

func isSettingsResponse(body *etree.Element) error {
	const name = "GetUserSettingsResponseMessage"
	switch {
	case soap.Is(body, autodiscoverNS, name):
		return nil
	case soap.Is(body, strings.Replace(autodiscoverNS, "http:", "https:", 1), name):
		return errors.New("the answer is in namespace https://schemas.microsoft.com, as Microsoft's pages misprint it; the protocol has http")
	case body == nil:
		return errors.New("the answer is empty")
	}
	return fmt.Errorf("the answer is a %s", body.Tag)
}

func readUser(u *etree.Element) userSettings {
	s := userSettings{
		code:           text(u, "ErrorCode"),
		redirectTarget: text(u, "RedirectTarget"),
		values:         map[string]string{},
		errors:         map[string]string{},
	}
	for _, e := range soap.Children(soap.Child(u, autodiscoverNS, "UserSettingErrors"), autodiscoverNS, "UserSettingError") {
		s.errors[text(e, "SettingName")] = text(e, "ErrorCode")
	}
	for _, e := range soap.Children(soap.Child(u, autodiscoverNS, "UserSettings"), autodiscoverNS, "UserSetting") {
		if value := text(e, "Value"); value != "" {
			s.values[text(e, "Name")] = value
		}
	}
	return s
}

func text(parent *etree.Element, name string) string {
	found, _ := soap.ChildText(parent, autodiscoverNS, name)
	return found
}
