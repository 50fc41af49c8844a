package ews

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/beevik/etree"
	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// enumerations are the words of some types of a schema, by type.
type enumerations map[string][]string

// wordsOf2007 are those of Exchange 2007 SP1.
func wordsOf2007(t *testing.T) enumerations {
	t.Helper()
	data, err := os.ReadFile("testdata/enumerations/exchange2007_sp1.txt")
	if err != nil {
		t.Fatal(err)
	}
	found := enumerations{}
	for line := range strings.Lines(string(data)) {
		if kind, word, ok := strings.Cut(strings.TrimSpace(line), " "); ok && kind != "#" {
			found[kind] = append(found[kind], word)
		}
	}
	return found
}

// publishedWords are those of the public schemas beside the repository, of the
// level of Exchange 2013 and a little later. Without them t is skipped.
func publishedWords(t *testing.T) enumerations {
	t.Helper()
	found := enumerations{}
	for _, file := range []string{"messages.xsd", "types.xsd"} {
		document := etree.NewDocument()
		err := document.ReadFromFile(filepath.Join(filepath.Dir(filepath.FromSlash(schema)), file))
		if errors.Is(err, fs.ErrNotExist) {
			t.Skipf("the words are not compared with the public schemas: %v", err)
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range document.FindElements("//simpleType[@name]") {
			for _, word := range kind.FindElements(".//enumeration") {
				found[kind.SelectAttrValue("name", "")] = append(found[kind.SelectAttrValue("name", "")], word.SelectAttrValue("value", ""))
			}
		}
	}
	return found
}

func TestTheVocabularyIsThePublishedOne(t *testing.T) {
	published := publishedWords(t)
	want := slices.Concat(published["ResponseCodeType"], published["LegacyFreeBusyType"])
	slices.Sort(want)
	if d := cmp.Diff(want, slices.Sorted(maps.Keys(vocabulary))); d != "" {
		t.Errorf("(-schema +vocabulary)\n%s", d)
	}
}

// TestOldWordsAreThoseOf2007 compares the table with the schema of Exchange 2007
// SP1: exactly the words that stand in both are left as they are, and what
// stands in for later words is one of them.
func TestOldWordsAreThoseOf2007(t *testing.T) {
	old := wordsOf2007(t)
	known := slices.Concat(old["ResponseCodeType"], old["LegacyFreeBusyType"])
	if len(known) != 316+5 {
		t.Fatalf("got %d words", len(known))
	}
	for word, older := range vocabulary {
		if (word == older) != slices.Contains(known, word) {
			t.Errorf("%s is %s to old callers, and in the old schema: %t", word, older, slices.Contains(known, word))
		}
		if !slices.Contains(known, older) {
			t.Errorf("old callers read %s for %s and do not know that either", older, word)
		}
	}
}

func TestRequestServerVersionsAreThePublishedOnes(t *testing.T) {
	for _, words := range []enumerations{wordsOf2007(t), publishedWords(t)} {
		for _, version := range words["ExchangeVersionType"] {
			if _, known := generationOfVersion(version); !known {
				t.Errorf("%s is not known", version)
			}
		}
	}
	published := publishedWords(t)["ExchangeVersionType"]
	for version := range serverVersions {
		if !slices.Contains(published, version) {
			t.Errorf("%s is not published", version)
		}
	}
}

func TestWordsTowardsCallersOfEachAge(t *testing.T) {
	tests := map[string]struct{ code, in2007, in2010, in2013 freebusy.Code }{
		"an old code":                           {"ErrorMailRecipientNotFound", "ErrorMailRecipientNotFound", "ErrorMailRecipientNotFound", "ErrorMailRecipientNotFound"},
		"an old code of another operation":      {"ErrorItemNotFound", "ErrorItemNotFound", "ErrorItemNotFound", "ErrorItemNotFound"},
		"a group that is too large":             {"ErrorFreeBusyDLLimitReached", "ErrorFreeBusyGenerationFailed", "ErrorFreeBusyGenerationFailed", "ErrorFreeBusyDLLimitReached"},
		"free/busy is off in the relationship":  {"ErrorInvalidOrganizationRelationshipForFreeBusy", "ErrorNoFreeBusyAccess", "ErrorNoFreeBusyAccess", "ErrorInvalidOrganizationRelationshipForFreeBusy"},
		"no federation":                         {"ErrorOrganizationNotFederated", "ErrorNoFreeBusyAccess", "ErrorNoFreeBusyAccess", "ErrorOrganizationNotFederated"},
		"another federation":                    {"ErrorInvalidFederatedOrganizationId", "ErrorNoFreeBusyAccess", "ErrorNoFreeBusyAccess", "ErrorInvalidFederatedOrganizationId"},
		"a policy against sharing":              {"ErrorNotAllowedExternalSharingByPolicy", "ErrorNoFreeBusyAccess", "ErrorNoFreeBusyAccess", "ErrorNotAllowedExternalSharingByPolicy"},
		"a mailbox that fails over":             {"ErrorMailboxFailover", "ErrorMailboxLogonFailed", "ErrorMailboxLogonFailed", "ErrorMailboxFailover"},
		"a mailbox with too much open":          {"ErrorTooManyObjectsOpened", "ErrorMailboxLogonFailed", "ErrorMailboxLogonFailed", "ErrorTooManyObjectsOpened"},
		"no auth server":                        {"ErrorNoOAuthServerAvailableForRequest", "ErrorServiceDiscoveryFailed", "ErrorServiceDiscoveryFailed", "ErrorNoOAuthServerAvailableForRequest"},
		"no discovery behind the other proxy":   {"ErrorProxyServiceDiscoveryFailed", "ErrorServiceDiscoveryFailed", "ErrorServiceDiscoveryFailed", "ErrorProxyServiceDiscoveryFailed"},
		"another site":                          {"ErrorCrossSiteRequest", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed", "ErrorCrossSiteRequest"},
		"a word of tomorrow":                    {"ErrorOfTomorrow", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"},
		"nothing":                               {"", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"},
		"a busy server, which is known but not": {"ErrorServerBusy", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed", "ErrorProxyRequestProcessingFailed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := []freebusy.Code{responseCode(tt.code, Exchange2007), responseCode(tt.code, Exchange2010), responseCode(tt.code, Exchange2013)}
			if d := cmp.Diff([]freebusy.Code{tt.in2007, tt.in2010, tt.in2013}, got); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

func TestBusyTypesTowardsCallersOfEachAge(t *testing.T) {
	for busy := freebusy.Free; busy <= freebusy.NoData+1; busy++ {
		for _, g := range []Generation{Exchange2007, Exchange2010, Exchange2013} {
			want := busy.String()
			if busy == freebusy.WorkingElsewhere && g < Exchange2013 {
				want = "Free"
			}
			if got := busyType(busy, g); got != want {
				t.Errorf("%s towards %s: got %s, want %s", busy, g, got, want)
			}
		}
	}
}
