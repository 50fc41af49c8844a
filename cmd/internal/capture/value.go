package capture

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// value is what stands for a text or an attribute: itself if it is of those
// that say how a request is made and nothing else.
func (p placeholders) value(text string) string {
	if u, err := url.Parse(text); err == nil && p.open != nil && u.Host != "" && (u.Scheme == "https" || u.Scheme == "http") {
		return p.open.url(u)
	}
	switch {
	case text == "" || harmless(text):
		return text
	case sid.MatchString(text):
		return p.sid(text)
	case legacyDN.MatchString(text):
		return p.legacyDN(text)
	case oneAddress.MatchString(text):
		return p.address(text)
	}
	if u, err := url.Parse(text); err == nil && wellKnownPath(u) {
		return u.Scheme + "://" + p.hostPort(u.Host) + u.EscapedPath()
	}
	return p.text(text)
}

var oneAddress = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`)

// wellKnownPath reports whether there is nothing in a URL but a host and a path
// that every Exchange has.
func wellKnownPath(u *url.URL) bool {
	plain := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}
	return (u.Scheme == "https" || u.Scheme == "http") && *u == plain && slices.Contains(exchangePaths, strings.ToLower(u.Path))
}

var exchangePaths = []string{
	"/ews/exchange.asmx", "/ews/exchange.asmx/wssecurity",
	"/autodiscover/autodiscover.svc", "/autodiscover/autodiscover.svc/wssecurity", "/autodiscover/autodiscover.xml",
}

// patterns of values that say nothing about anybody.
var patterns = []*regexp.Regexp{
	regexp.MustCompile(`^[+-]?\d{1,6}(\.\d{1,7})?$`),
	regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)?$`),
	regexp.MustCompile(`^\d\d:\d\d:\d\d(\.\d{1,7})?$`),
	regexp.MustCompile(`^-?P[0-9.YMDTHS]{2,30}$`),                                                     // xs:duration
	regexp.MustCompile(`^(Exchange20\d\d(_SP\d)?|V\d{4}_\d\d_\d\d|V\d_\d{1,3})$`),                     // versions of the schema
	regexp.MustCompile(`^[a-z]{2,3}-[A-Z]{2}$`),                                                       // cultures
	regexp.MustCompile(`^(UTC([+-]\d\d)?|[A-Z][A-Za-z.() -]{1,40} Standard Time)$`),                   // Windows zones
	regexp.MustCompile(`^\((UTC|GMT)([+-]\d\d:\d\d)?\) [\pL\pM .,'&()-]{1,80}$`),                      // and how people know them
	regexp.MustCompile(`^http://(schemas\.(microsoft|xmlsoap)|www\.w3)\.(com|org)/[A-Za-z0-9/._-]+$`), // actions of SOAP
}

// words are those of the schema that a question about availability or mail tips
// can hold, and those of SOAP.
var words = strings.Fields(`
	true false
	CrossSite CrossForest SMTP EX
	Organizer Required Optional Room Resource
	None MergedOnly FreeBusy FreeBusyMerged Detailed DetailedMerged
	Sunday Monday Tuesday Wednesday Thursday Friday Saturday Day Weekday WeekendDay
	January February March April May June July August September October November December
	First Second Third Fourth Last Standard Daylight Period Group
	Excellent Good Fair Poor Seconds Milliseconds
	Mailbox PublicDL PrivateDL Contact PublicFolder Unknown OneOff GroupMailbox
	All OutOfOfficeMessage MailboxFullStatus CustomMailTip ExternalMemberCount TotalMemberCount
	MaxMessageSize DeliveryRestriction ModerationStatus InvalidRecipient Scope`)

// harmless reports whether text is a word of the schema, a list of them, or of
// one of the patterns.
func harmless(text string) bool {
	if slices.ContainsFunc(patterns, func(r *regexp.Regexp) bool { return r.MatchString(text) }) {
		return true
	}
	list := strings.Fields(text)
	return len(list) > 0 && !slices.ContainsFunc(list, func(word string) bool { return !slices.Contains(words, word) })
}
