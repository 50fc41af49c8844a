package freebusy_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"availproxy/freebusy"
)

// TestErrorsInExchangesWording holds every text to what was seen of Exchange.
func TestErrorsInExchangesWording(t *testing.T) {
	cause := errors.New("the cause")
	tests := map[string]struct {
		err    *freebusy.Error
		want   string
		source string // where the wording was published; "" where ours stands in
	}{
		"no time": {freebusy.TimeoutExpired(cause),
			"ErrorTimeoutExpired: Request could not be processed in time. Timeout occurred during 'Waiting-For-Request-Completion'. LID: 43404",
			"resolve-free-busy-errors"},
		"no way": {freebusy.ProxyFailed("The request failed with HTTP status 503", cause),
			"ErrorProxyRequestProcessingFailed: Proxy web request failed. , inner exception: The request failed with HTTP status 503. LID: 43532",
			"resolve-free-busy-errors"},
		"no access": {freebusy.NoFreeBusyAccess(cause),
			"ErrorNoFreeBusyAccess: The caller does not have access to free/busy data. LID: 47652",
			"resolve-free-busy-errors"},
		"nobody of that address": {freebusy.MailRecipientNotFound(freebusy.SMTP("eve@contoso.com"), cause),
			"ErrorMailRecipientNotFound: Unable to resolve e-mail address <>SMTP:eve@contoso.com to an Active Directory object. LID: 57660",
			"an answer of build 15.20"},
		"nobody of that name": {freebusy.MailRecipientNotFound(freebusy.Mailbox{Address: "/o=Contoso/cn=eve", RoutingType: "EX"}, cause),
			"ErrorMailRecipientNotFound: Unable to resolve e-mail address <>EX:/o=Contoso/cn=eve to an Active Directory object. LID: 57660",
			"an answer of build 15.20"},
		"no address": {freebusy.InvalidSMTPAddress("foobar"),
			"ErrorInvalidSmtpAddress: E-mail address <>SMTP:foobar is not a valid SMTP address.",
			"an answer of build 14.1"},
		"no connector": {freebusy.AddressSpaceNotFound("contoso.com"),
			"ErrorAddressSpaceNotFound: Configuration information for forest/domain contoso.com could not be found in Active Directory. LID: 47932",
			"resolve-free-busy-errors"},
		"no forest": {freebusy.AutodiscoverFailed("eve@contoso.com", "System.Net.WebException: Unable to connect to the remote server", cause),
			"ErrorAutoDiscoverFailed: Autodiscover failed for email address eve@contoso.com with error System.Net.WebException: Unable to connect to the remote server.",
			"resolve-free-busy-errors"},
		"nobody for autodiscover": {freebusy.AutodiscoverUnknownUser(cause),
			"ErrorMailRecipientNotFound: The response from the Autodiscover service failed due to an error in user setting 'ExternalEwsUrl'. Error message: InvalidUser. LID: 33676",
			"resolve-free-busy-errors"},
		"no URL": {freebusy.AutodiscoverNoURL(cause),
			"ErrorAutoDiscoverFailed: The response from the Autodiscover service failed due to an error in user setting 'ExternalEwsUrl'. Error message: SettingIsNotAvailable. LID: 33676",
			"resolve-free-busy-errors, for InvalidUser"},
		"no calendar": {freebusy.GenerationFailed(cause),
			"ErrorFreeBusyGenerationFailed: The free/busy information of this mailbox could not be generated.", ""},
		"no room": {freebusy.ServerBusy(time.Second, cause),
			"ErrorServerBusy: The server cannot service this request right now. Try again later.",
			"ews-throttling-in-exchange"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.err.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s (%s)", got, tt.want, tt.source)
			}
			if tt.err.Err != nil && !errors.Is(tt.err, cause) {
				t.Errorf("the cause is lost: %v", tt.err.Err)
			}
		})
	}
}

// TestEveryCodeOfOursHasARemedy goes through the constants themselves.
func TestEveryCodeOfOursHasARemedy(t *testing.T) {
	for _, code := range declaredCodes(t) {
		remedy := code.Remedy()
		if (remedy == "") != (code == freebusy.NoError) {
			t.Errorf("%s has the remedy %q", code, remedy)
		}
		if remedy != "" && !strings.HasSuffix(remedy, ".") || strings.Contains(remedy, "\n") {
			t.Errorf("the remedy for %s is no sentence: %q", code, remedy)
		}
	}
	if got := freebusy.Code("ErrorOfTomorrow").Remedy(); got != "" {
		t.Errorf("a code that only others give has the remedy %q", got)
	}
}

func declaredCodes(t *testing.T) (codes []freebusy.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			codes = append(codes, freebusy.Code(code))
		}
		return true
	})
	if len(codes) < 30 {
		t.Fatalf("found only %v", codes)
	}
	return codes
}
