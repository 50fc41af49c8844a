package ews

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

func TestGenerations(t *testing.T) {
	const asProxy = "ASProxy/CrossForest/EmailDomain/EXCH/"
	const nothing = "neither User-Agent nor RequestServerVersion tells"
	tests := map[string]struct {
		userAgent, version string
		want               Generation
		because            string
	}{
		"nothing is known":              {"", "", Exchange2007, nothing},
		"a 2007 server":                 {asProxy + "08.03.0083.000", "", Exchange2007, "EXCH/08.03.0083.000 in User-Agent"},
		"a 2010 server":                 {asProxy + "14.03.0123.000", "", Exchange2010, "EXCH/14.03.0123.000 in User-Agent"},
		"a 2013 server":                 {asProxy + "15.00.1104.000", "", Exchange2013, "EXCH/15.00.1104.000 in User-Agent"},
		"a server of another age":       {asProxy + "99.00", "", Exchange2007, nothing},
		"a version alone":               {"exchangelib/4.9.0", "Exchange2010_SP2", Exchange2010, "RequestServerVersion Exchange2010_SP2"},
		"Exchange 2009 is a beta":       {"", "Exchange2009", Exchange2010, "RequestServerVersion Exchange2009"},
		"a version of Exchange Online":  {"", "V2031_01_01", Exchange2013, "RequestServerVersion V2031_01_01"},
		"an old server, a new version":  {asProxy + "08.03.0083.000", "Exchange2013", Exchange2007, "EXCH/08.03.0083.000 in User-Agent"},
		"a new server, an old version":  {asProxy + "15.00.1104.000", "Exchange2007_SP1", Exchange2007, "RequestServerVersion Exchange2007_SP1"},
		"both say the same":             {asProxy + "14.03.0123.000", "Exchange2010_SP2", Exchange2010, "EXCH/14.03.0123.000 in User-Agent"},
		"the build of a later product":  {asProxy + "15.02.0986.005", "Exchange2016", Exchange2013, "EXCH/15.02.0986.005 in User-Agent"},
		"a build that is cut off":       {"EXCH/", "", Exchange2007, nothing},
		"a build that counts otherwise": {"EXCH/8.3", "", Exchange2007, nothing},
		"a build without an end":        {"EXCH/14.03." + strings.Repeat("1", 999), "", Exchange2010, "EXCH/14.03.111111111111111 in User-Agent"},
		"a version that nobody knows":   {asProxy + "15.00.1104.000", "Exchange2031", Exchange2013, "EXCH/15.00.1104.000 in User-Agent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, because := generationOf(tt.userAgent, tt.version); got != tt.want || because.String() != tt.because {
				t.Errorf("got %s because %s, want %s because %s", got, because, tt.want, tt.because)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	tests := map[string]struct {
		xml  string
		want header
	}{
		"none":                            {"", header{}},
		"the version":                     {`<t:RequestServerVersion Version="Exchange2010"/>`, header{version: "Exchange2010"}},
		"the proxy type of 2007":          {`<t:ProxyRequestTypeHeader>CrossForest</t:ProxyRequestTypeHeader>`, header{proxyType: "CrossForest"}},
		"the proxy type of 2010":          {`<t:RequestType> CrossSite </t:RequestType>`, header{proxyType: "CrossSite"}},
		"the proxy type of 2013":          {`<t:RequestTypeHeader><t:RequestType>CrossForest</t:RequestType></t:RequestTypeHeader>`, header{proxyType: "CrossForest"}},
		"a proxy type of its own":         {`<t:RequestType>CrossPlanet</t:RequestType>`, header{proxyType: "other"}},
		"Outlook's message":               {`<w:MessageID xmlns:w="http://www.w3.org/2005/08/addressing/">urn:uuid:1</w:MessageID>`, header{messageID: "urn:uuid:1"}},
		"impersonation is never followed": {`<t:ExchangeImpersonation><t:ConnectingSID><t:PrincipalName>x</t:PrincipalName></t:ConnectingSID></t:ExchangeImpersonation>`, header{}},
		"a version in no namespace":       {`<RequestServerVersion Version="Exchange2010"/>`, header{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := callerAsked(t, ask().header(tt.xml)).header
			if d := cmp.Diff(tt.want, got, cmp.AllowUnexported(header{})); d != "" {
				t.Errorf("(-want +got)\n%s", d)
			}
		})
	}
}

// TestKnownHeadersAreUnderstood says of every header that callers are known to
// send that it must be understood.
func TestKnownHeadersAreUnderstood(t *testing.T) {
	const must = ` s:mustUnderstand="1">`
	for _, tag := range []string{"ExchangeImpersonation", "ProxySecurityContext", "ProxyPartnerToken", "ProxySuggesterSid", "MailboxCulture",
		"DateTimePrecision", "ManagementRole", "OpenAsAdminOrSystemService", "SharingSecurity", "RequestServerVersion", "TimeZoneContext",
		"SerializedSecurityContext", "ProxyRequestTypeHeader", "RequestType", "RequestTypeHeader"} {
		callerAsked(t, ask().header("<t:"+tag+must+"</t:"+tag+">"))
	}
	for _, namespace := range []string{nsAddressing, nsAddressingSlash} {
		for _, tag := range []string{"MessageID", "Action", "To", "ReplyTo"} {
			callerAsked(t, ask().header("<w:"+tag+` xmlns:w="`+namespace+`"`+must+"</w:"+tag+">"))
		}
	}
}

func callerAsked(t *testing.T, a asked) caller {
	t.Helper()
	c, err := readCallerAsked(t, a)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func readCallerAsked(t *testing.T, a asked) (caller, error) {
	t.Helper()
	m, err := soap.Read(strings.NewReader(a.document()), limits)
	if err != nil {
		t.Fatal(err)
	}
	return readCaller(m, "")
}

// TestCallersThatAreRefused also checks that they are known all the same.
func TestCallersThatAreRefused(t *testing.T) {
	const proxyType = `<t:RequestType>CrossSite</t:RequestType>`
	tests := map[string]struct {
		asked asked
		want  freebusy.Code // "" is nothing
	}{
		"a header that must be understood":       {ask().header(`<x:Unheard xmlns:x="urn:x" s:mustUnderstand="1"/>`), codeMustUnderstand},
		"one that need not be":                   {ask().header(`<x:Unheard xmlns:x="urn:x" s:mustUnderstand="0"/>`), ""},
		"one that says nothing about it":         {ask().header(`<x:Unheard xmlns:x="urn:x" mustUnderstand="1"/>`), ""},
		"one for somebody further on":            {ask().header(`<x:Unheard xmlns:x="urn:x" s:mustUnderstand="1" s:actor="urn:others"/>`), ""},
		"one for whoever is next":                {ask().header(`<x:Unheard xmlns:x="urn:x" s:mustUnderstand="1" s:actor="http://schemas.xmlsoap.org/soap/actor/next"/>`), codeMustUnderstand},
		"a known name in another namespace":      {ask().header(`<x:RequestServerVersion xmlns:x="urn:x" s:mustUnderstand="1"/>`), codeMustUnderstand},
		"an unknown name of the types namespace": {ask().header(`<t:Unheard s:mustUnderstand="1"/>`), codeMustUnderstand},
		"an unpublished version":                 {ask().header(`<t:RequestServerVersion Version="Exchange2019"/>`), freebusy.ErrorInvalidServerVersion},
		"a version in lower case":                {ask().header(`<t:RequestServerVersion Version="exchange2010"/>`), freebusy.ErrorInvalidServerVersion},
		"a version of Exchange Online":           {ask().header(`<t:RequestServerVersion Version="V2018_01_08"/>`), ""},
		"a version of what Online answers":       {ask().header(`<t:RequestServerVersion Version="V2_9"/>`), ""},
		"an empty version":                       {ask().header(`<t:RequestServerVersion/>`), ""},
		"SOAP 1.2":                               {ask().replace(soap.Envelope11, soap.Envelope12), freebusy.ErrorInvalidRequest},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := readCallerAsked(t, tt.asked.header(proxyType))
			got, _ := errors.AsType[*freebusy.Error](err)
			if (got == nil) != (tt.want == "") || got != nil && got.Code != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if c.header.proxyType != "CrossSite" || c.because == (evidence{}) {
				t.Errorf("got the caller %+v", c)
			}
		})
	}
}
