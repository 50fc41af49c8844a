package forest

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Question is what an old server wants to know.
type Question struct {
	Mailboxes []string  // SMTP addresses, in order, duplicates allowed; "EX:" before a legacyExchangeDN
	From, To  time.Time // moments; they are sent on the wall clock of the Caller's Zone
	Interval  time.Duration
	View      string // RequestedView, default DetailedMerged
	Offsets   bool   // send the moments with the offset of the Zone, as exchangelib does
}

func (q Question) withDefaults() Question {
	q.Interval = cmp.Or(q.Interval, 30*time.Minute)
	q.View = cmp.Or(q.View, "DetailedMerged")
	q.Mailboxes = slices.Clone(q.Mailboxes)
	return q
}

// SecurityContext is the requester that a server with the right
// ms-Exch-EPI-Token-Serialization passes on (serializedsecuritycontext).
type SecurityContext struct {
	UserSID            string
	GroupSIDs          []string
	PrimarySMTPAddress string
}

// userAgents name a build of each age: 2007 SP3, 2010 SP3 and 2013 before SP1.
var userAgents = map[Generation]string{
	Exchange2007:   "ASProxy/CrossForest/EmailDomain/EXCH/08.03.0083.000",
	Exchange2010:   "ASProxy/CrossForest/EmailDomain/EXCH/14.03.0123.003",
	Exchange2013:   "ASProxy/CrossForest/EmailDomain/EXCH/15.00.0775.038",
	ExchangeOnline: "ASProxy/CrossForest/EmailDomain/EXCH/15.20.2495.021",
}

// requestVersions is empty for 2007, whose WSDL has no such header for this
// operation. What later servers put there was never published; it is assumed to
// be the newest they know.
var requestVersions = map[Generation]string{
	Exchange2010: "Exchange2010_SP2", Exchange2013: "Exchange2013", ExchangeOnline: "Exchange2013_SP1",
}

// Document is what Ask would send to ask q, for whoever sends it by other means.
func (c *Caller) Document(q Question) []byte { return c.document(q.withDefaults()) }

// document writes the request as XmlSerializer does: default namespaces that
// switch from element to element.
func (c *Caller) document(q Question) []byte {
	var p pen
	p.open(`soap:Envelope xmlns:soap="` + nsSOAP + `" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"`)
	p.open("soap:Header")
	if version := requestVersions[c.age()]; version != "" {
		p.empty(types(`RequestServerVersion Version="` + version + `"`))
	}
	if c.SecurityContext != nil {
		c.SecurityContext.write(&p)
	}
	p.leaf(types("ProxyRequestTypeHeader"), cmp.Or(c.ProxyRequestType, "CrossForest"))
	c.writeZoneContext(&p)
	p.close("soap:Header")
	p.open("soap:Body")
	p.open(`GetUserAvailabilityRequest xmlns="` + nsMessages + `"`)
	if c.ZoneForm == ZoneInBody {
		writeZone(&p, types("TimeZone"), c.Zone)
	}
	p.open("MailboxDataArray")
	for _, address := range q.Mailboxes {
		routing := "SMTP"
		if dn, found := strings.CutPrefix(address, "EX:"); found {
			address, routing = dn, "EX"
		}
		p.open(types("MailboxData"))
		p.open("Email")
		p.leaf("Address", address)
		p.leaf("RoutingType", routing)
		p.close("Email")
		p.leaf("AttendeeType", "Required")
		p.leaf("ExcludeConflicts", "false")
		p.close("MailboxData")
	}
	p.close("MailboxDataArray")
	p.open(types("FreeBusyViewOptions"))
	p.open("TimeWindow")
	p.leaf("StartTime", c.Zone.spell(q.From, q.Offsets))
	p.leaf("EndTime", c.Zone.spell(q.To, q.Offsets))
	p.close("TimeWindow")
	p.leaf("MergedFreeBusyIntervalInMinutes", strconv.Itoa(int(q.Interval/time.Minute)))
	p.leaf("RequestedView", q.View)
	p.close("FreeBusyViewOptions", "GetUserAvailabilityRequest", "soap:Body", "soap:Envelope")
	return p.bytes()
}

func (s *SecurityContext) write(p *pen) {
	p.open(types("SerializedSecurityContext"))
	p.leaf("UserSid", s.UserSID)
	p.open("GroupSids")
	for _, sid := range s.GroupSIDs {
		p.open(`GroupIdentifier Attributes="7"`)
		p.leaf("SecurityIdentifier", sid)
		p.close("GroupIdentifier")
	}
	p.close("GroupSids")
	p.leaf("PrimarySmtpAddress", s.PrimarySMTPAddress)
	p.close("SerializedSecurityContext")
}
