package s2s

import (
	"fmt"
	"slices"
	"strings"
)

// ErrorCodes of the service that the simulation decides on itself.
const (
	noError               = "NoError"
	redirectAddress       = "RedirectAddress"
	redirectURL           = "RedirectUrl"
	codeInvalidUser       = "InvalidUser"
	invalidRequest        = "InvalidRequest"
	invalidSetting        = "InvalidSetting"
	settingIsNotAvailable = "SettingIsNotAvailable"
)

// messages are the texts that go with a code. Those of the first three have been
// seen on the wire; the others are ours.
var messages = map[string]string{
	noError:               "No error.",
	redirectAddress:       "Redirection address.",
	redirectURL:           "Redirection URL.",
	codeInvalidUser:       "Invalid user.",
	invalidRequest:        "Invalid request.",
	"ServerBusy":          "The server is too busy.",
	"InternalServerError": "An internal server error occurred.",
}

// knownSettings are names of settings beyond those a forest has values for; any
// other name is an InvalidSetting.
var knownSettings = []string{
	"ExternalEwsUrl", "InternalEwsUrl", "ExternalEwsVersion", "EwsSupportedSchemas", "InteropExternalEwsUrl",
	"InteropExternalEwsVersion", "EwsPartnerUrl", "CasVersion", "MailboxVersion", "AutoDiscoverSMTPAddress",
	"UserMSOnline", "GroupingInformation", "UserDeploymentId", "CrossOrganizationSharingEnabled", "RedirectUrl",
	"UserDisplayName", "UserDN",
}

// userSettings is the content of a GetUserSettingsResponse.
type userSettings struct {
	code, redirectTarget string
	users                []userResponse // none at all when nil
}

type userResponse struct {
	code, redirectTarget string
	settings             []setting
	errors               []settingError
}

type setting struct{ name, value string }

type settingError struct{ code, name, message string }

// userSettings answers q, user by user in the order of the request, since the
// response names none of them.
func (a *Autodiscover) userSettings(q *question, whole Behaviour) userSettings {
	switch {
	case !q.valid(a.BatchLimit):
		return userSettings{code: invalidRequest}
	case whole.ResponseCode == redirectURL:
		return userSettings{code: redirectURL, redirectTarget: whole.RedirectTarget}
	case whole.ResponseCode != "" && whole.ResponseCode != noError:
		return userSettings{code: whole.ResponseCode}
	}
	users := q.users
	if whole.Short != 0 {
		users = users[:min(max(whole.Short, 0), len(users))]
	}
	answer := userSettings{code: noError, users: []userResponse{}}
	for _, address := range users {
		answer.users = append(answer.users, a.user(address, q))
	}
	return answer
}

func (a *Autodiscover) user(address string, q *question) userResponse {
	b := q.behaviours[strings.ToLower(address)]
	switch {
	case b.Code == redirectAddress || b.Code == redirectURL:
		return userResponse{code: b.Code, redirectTarget: b.RedirectTarget}
	case b.Code != "" && b.Code != noError:
		return userResponse{code: b.Code}
	case b.Code == "" && !a.known(address):
		return userResponse{code: codeInvalidUser}
	}
	r := userResponse{code: noError}
	for _, name := range q.settings {
		if slices.Contains(b.Silent, name) {
			continue
		}
		value := a.value(name, address, b)
		switch {
		case value != "":
			r.settings = append(r.settings, setting{name, value})
		case slices.Contains(knownSettings, name):
			r.errors = append(r.errors, settingError{settingIsNotAvailable, name, fmt.Sprintf("%s is not available.", name)})
		default:
			r.errors = append(r.errors, settingError{invalidSetting, name, fmt.Sprintf("%s is not a setting.", name)})
		}
	}
	return r
}

func (a *Autodiscover) value(name, address string, b Behaviour) string {
	if value, own := b.Settings[name]; own {
		return value
	}
	if value, found := a.Settings[name]; found {
		return value
	}
	if name == "AutoDiscoverSMTPAddress" {
		return address
	}
	return ""
}
