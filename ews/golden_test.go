package ews

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"

	"availproxy/freebusy"
)

// ages are callers of each generation, with what tells their age.
var ages = map[Generation]struct{ userAgent, header string }{
	Exchange2007: {"ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000", `<t:ProxyRequestTypeHeader>CrossForest</t:ProxyRequestTypeHeader>`},
	Exchange2010: {"ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003", `<t:RequestType>CrossForest</t:RequestType>`},
	Exchange2013: {"ASProxy/CrossForest/EmailDomain/EXCH/15.00.0516.032", `<t:RequestTypeHeader><t:RequestType>CrossForest</t:RequestType></t:RequestTypeHeader>`},
}

// refusals are codes of one mailbox: all that the Availability service is known
// to give (learn.microsoft.com responsecode), words that came after 2007, and
// one that no schema has.
var refusals = []freebusy.Code{
	"ErrorAddressSpaceNotFound", "ErrorAutoDiscoverFailed", "ErrorCrossSiteRequest", "ErrorFreeBusyDLLimitReached",
	"ErrorFreeBusyGenerationFailed", "ErrorIndividualMailboxLimitReached", "ErrorInternalServerError",
	"ErrorInternalServerTransientError", "ErrorInvalidClientSecurityContext", "ErrorInvalidCrossForestCredentials",
	"ErrorInvalidFederatedOrganizationId", "ErrorInvalidNetworkServiceContext", "ErrorInvalidOrganizationRelationshipForFreeBusy",
	"ErrorInvalidSecurityDescriptor", "ErrorInvalidSmtpAddress", "ErrorLegacyMailboxFreeBusyViewTypeNotMerged",
	"ErrorLogonAsNetworkServiceFailed", "ErrorMailRecipientNotFound", "ErrorMailboxFailover", "ErrorMailboxLogonFailed",
	"ErrorMailboxMoveInProgress", "ErrorMailboxStoreUnavailable", "ErrorNoFreeBusyAccess", "ErrorNoOAuthServerAvailableForRequest",
	"ErrorNotAllowedExternalSharingByPolicy", "ErrorOfTomorrow", "ErrorOrganizationNotFederated", "ErrorProxyRequestNotAllowed",
	"ErrorProxyRequestProcessingFailed", "ErrorProxyServiceDiscoveryFailed", "ErrorPublicFolderRequestProcessingFailed",
	"ErrorResultSetTooBig", "ErrorServerBusy", "ErrorServiceDiscoveryFailed", "ErrorTimeZone", "ErrorTimeoutExpired",
	"ErrorTooManyObjectsOpened", "ErrorWin32InteropError",
}

// worded are the errors that have a text and an origin of their own; the rest
// of refusals has the text of whoever refused.
var worded = map[freebusy.Code]*freebusy.Error{
	freebusy.ErrorAddressSpaceNotFound:         freebusy.AddressSpaceNotFound("tailspin.example"),
	freebusy.ErrorAutoDiscoverFailed:           freebusy.AutodiscoverFailed("anna@contoso.com", "System.Net.WebException: Unable to connect to the remote server", nil),
	freebusy.ErrorFreeBusyGenerationFailed:     freebusy.GenerationFailed(nil),
	freebusy.ErrorInvalidSmtpAddress:           freebusy.InvalidSMTPAddress("foobar"),
	freebusy.ErrorMailRecipientNotFound:        notFound("nobody@contoso.com"),
	freebusy.ErrorNoFreeBusyAccess:             freebusy.NoFreeBusyAccess(nil),
	freebusy.ErrorProxyRequestProcessingFailed: freebusy.ProxyFailed("The request failed with HTTP status 503: Service Unavailable", nil),
	freebusy.ErrorTimeoutExpired:               freebusy.TimeoutExpired(nil),
}

// failures answers each mailbox with the code that stands before its "@".
var failures = source(func(_ context.Context, q freebusy.Query) ([]freebusy.Answer, error) {
	answers := make([]freebusy.Answer, len(q.Mailboxes))
	for i, m := range q.Mailboxes {
		code, _, _ := strings.Cut(m.Address, "@")
		answers[i].Err = cmp.Or(worded[freebusy.Code(code)],
			&freebusy.Error{Code: freebusy.Code(code), Text: "What the other side says.", Source: "https://partner.example/EWS/Exchange.asmx"})
	}
	return answers, nil
})

// scene is something that every caller can meet.
type scene struct {
	handler http.Handler
	asked   asked
}

func scenes() map[string]scene {
	answering := func(s freebusy.Source) *Handler { return &Handler{Source: s, ServerName: "fb.contoso.com", Log: quiet} }
	anna := answering(people{"anna@contoso.com": annas()})
	busy := answering(nil)
	busy.MaxQuestions = 1
	busy.enter()
	var failingOnes []string
	for _, code := range refusals {
		failingOnes = append(failingOnes, string(code)+"@contoso.com")
	}
	all := map[string]scene{
		"some-are-known":  {anna, ask("anna@contoso.com", "nobody@contoso.com", "ANNA@contoso.com").view("FreeBusy")},
		"suggestions":     {anna, ask("anna@contoso.com", "nobody@contoso.com").view("MergedOnly").suggestions()},
		"errors":          {answering(failures), ask(failingOnes...)},
		"fault-overload":  {busy, ask()},
		"fault-number":    {anna, asked{badRequests["101 mailboxes"].document}},
		"fault-HRESULT":   {anna, asked{badRequests["a window of 63 days"].document}},
		"fault-violation": {anna, asked{badRequests["a zone that is no number"].document}},
		"fault-version":   {anna, asked{badRequests["a version of nobody"].document}},
		"fault-header":    {anna, asked{badRequests["a header to be understood"].document}},
		"forbidden":       {Forbidden(), ask()},
	}
	for _, view := range []string{"MergedOnly", "FreeBusy", "FreeBusyMerged", "Detailed", "DetailedMerged"} {
		all["view-"+view] = scene{anna, ask().view(view)}
	}
	return all
}

// play lets a caller of that age meet s.
func (s scene) play(g Generation) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", strings.NewReader(s.asked.header(ages[g].header).document()))
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", ages[g].userAgent)
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// TestRecordings compares what callers of each age get with testdata/golden. All
// of it is valid against the public schemas, and what old callers get has no
// word that their schema lacks.
func TestRecordings(t *testing.T) {
	schema, words := validated(t), wordsOf2007(t)
	want := map[string]bool{}
	for g := range ages {
		for name, s := range scenes() {
			file := filepath.Join("golden", g.String(), name+".golden")
			want[filepath.Join("testdata", file)] = true
			t.Run(g.String()+" "+name, func(t *testing.T) {
				w := s.play(g)
				golden(t, file, recording(w))
				if w.Code == http.StatusOK {
					schema.add(t, w.Body.Bytes())
				}
				for _, word := range strangeWords(t, w.Body.Bytes(), words) {
					if g < Exchange2013 {
						t.Errorf("a caller of %s does not know %s", g, word)
					}
				}
			})
		}
	}
	found, err := filepath.Glob("testdata/golden/*/*")
	if err != nil || !slices.Equal(found, slices.Sorted(maps.Keys(want))) {
		t.Errorf("testdata/golden has other files than those of the scenes: %v", found)
	}
}

// TestNewWordsAreMissedWhereTheyAreMissing holds TestRecordings to its word:
// what Exchange 2013 gets would not pass as old.
func TestNewWordsAreMissedWhereTheyAreMissing(t *testing.T) {
	for name, want := range map[string]string{"view-FreeBusy": "BusyType WorkingElsewhere", "errors": "ResponseCode ErrorFreeBusyDLLimitReached"} {
		got := strangeWords(t, scenes()[name].play(Exchange2013).Body.Bytes(), wordsOf2007(t))
		if !slices.Contains(got, want) {
			t.Errorf("%s: got %q, want %q among them", name, got, want)
		}
	}
}

// TestEveryWordIsPublished covers what the schema itself says nothing about, the
// inside of faults.
func TestEveryWordIsPublished(t *testing.T) {
	words := publishedWords(t)
	for name, s := range scenes() {
		for _, word := range strangeWords(t, s.play(Exchange2013).Body.Bytes(), words) {
			t.Errorf("%s: %s stands in no schema", name, word)
		}
	}
}

// recording is an answer with its head, one element a line.
func recording(w *httptest.ResponseRecorder) []byte {
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\nContent-Type: %s\n\n%s", w.Code, http.StatusText(w.Code), w.Header().Get("Content-Type"), lines(w))
}

// lines breaks an answer behind every element, so that it can be read.
func lines(w *httptest.ResponseRecorder) []byte {
	return append(regexp.MustCompile(`></?[a-z]+[:>]`).ReplaceAllFunc(w.Body.Bytes(), func(b []byte) []byte {
		return append([]byte(">\n"), b[1:]...)
	}), '\n')
}

// enumerated are the elements whose text is a list of words of an enumeration.
var enumerated = map[string]string{
	"BusyType": "LegacyFreeBusyType", "DayOfWeek": "DayOfWeekType", "DayQuality": "SuggestionQuality", "FreeBusyViewType": "FreeBusyViewType",
	"ResponseCode": "ResponseCodeType", "SuggestionQuality": "SuggestionQuality", "faultcode": "ResponseCodeType",
}

// strangeWords are the words of a document that the enumerations lack, each with
// the element or attribute it stands in.
func strangeWords(t *testing.T, document []byte, known enumerations) (strange []string) {
	t.Helper()
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(document); err != nil {
		t.Fatal(err)
	}
	for _, e := range doc.FindElements("//*") {
		if class := e.SelectAttrValue("ResponseClass", "Success"); !slices.Contains(known["ResponseClassType"], class) {
			strange = append(strange, "ResponseClass "+class)
		}
		for word := range strings.FieldsSeq(e.Text()) {
			kind := enumerated[e.Tag]
			word = strings.TrimPrefix(word, "a:")
			if kind != "" && word != "s:MustUnderstand" && !slices.Contains(known[kind], word) {
				strange = append(strange, e.Tag+" "+word)
			}
		}
	}
	return strange
}
