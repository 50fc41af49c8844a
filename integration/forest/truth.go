package forest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Truth is everything that a forest knows: all its calendars, in absolute time.
// Its JSON form is truth.json, which `availproxy staging` writes and reads
// back; names stay as they are, times are RFC 3339 in UTC.
//
// A Truth that is being served must not be changed.
type Truth struct {
	Domain    string    `json:"domain"`            // of the addresses: "fabrikam.example"
	Seed      int64     `json:"seed"`              // what Seeded made it from
	Week      time.Time `json:"week"`              // Monday 00:00 UTC of the week that holds the most
	Unknown   string    `json:"unknown,omitempty"` // an address of the domain that nobody has
	Mailboxes []Mailbox `json:"mailboxes"`
}

// Mailbox is one person or room.
type Mailbox struct {
	Address      string       `json:"address"` // SMTP, lower case
	DisplayName  string       `json:"displayName"`
	Kind         Kind         `json:"kind"`
	Access       Access       `json:"access"`
	Zone         Zone         `json:"timeZone"`
	WorkingHours WorkingHours `json:"workingHours"`
	MailTips     MailTips     `json:"mailTips,omitzero"`
	Events       []Event      `json:"events"` // by start, then end; End is not before Start
}

// Event is one entry of a calendar.
type Event struct {
	Start     time.Time `json:"start"`
	End       time.Time `json:"end"` // equal to Start for a reminder without length
	Busy      BusyType  `json:"busyType"`
	ID        string    `json:"id,omitempty"`
	Subject   string    `json:"subject,omitempty"`
	Location  string    `json:"location,omitempty"`
	Meeting   bool      `json:"isMeeting,omitempty"`
	Recurring bool      `json:"isRecurring,omitempty"`
	Exception bool      `json:"isException,omitempty"`
	Reminder  bool      `json:"isReminderSet,omitempty"`
	Private   bool      `json:"isPrivate,omitempty"`
	AllDay    bool      `json:"isAllDay,omitempty"`
}

// WorkingHours are the same on all Days, in minutes after midnight of the
// owner's zone.
type WorkingHours struct {
	Days  []time.Weekday `json:"daysOfWeek"` // 0 is Sunday
	Start int            `json:"startTimeInMinutes"`
	End   int            `json:"endTimeInMinutes"`
}

// BusyType is the state of an Event ([MS-OXWAVLS] 3.1.4.1.4.2).
type BusyType string

// The busy types. WorkingElsewhere is known from Exchange 2013 on.
const (
	Free             BusyType = "Free"
	Tentative        BusyType = "Tentative"
	Busy             BusyType = "Busy"
	OOF              BusyType = "OOF"
	WorkingElsewhere BusyType = "WorkingElsewhere"
	NoData           BusyType = "NoData"
)

// Kind says what a Mailbox stands for.
type Kind string

// The kinds.
const (
	User  Kind = "user"
	Room  Kind = "room"
	Group Kind = "group" // a distribution list, with the Events of its members: shows nothing but digits (freebusyviewtype)
)

// Access is what the Default permission of a calendar shows to other
// organizations.
type Access string

// The kinds of access, least first.
const (
	AccessNone     Access = "none"
	AccessFreeBusy Access = "freebusy"
	AccessDetails  Access = "details"
)

// Mailbox finds the mailbox with that SMTP address, in any case.
func (t *Truth) Mailbox(address string) (Mailbox, bool) {
	for i := range t.Mailboxes {
		if strings.EqualFold(t.Mailboxes[i].Address, address) {
			return t.Mailboxes[i], true
		}
	}
	return Mailbox{}, false
}

// Addresses returns the addresses of all mailboxes that can be read, in order.
func (t *Truth) Addresses() []string {
	var all []string
	for _, m := range t.Mailboxes {
		if m.Access != AccessNone {
			all = append(all, m.Address)
		}
	}
	return all
}

// ReadTruth reads a truth.json. It refuses unknown members and calendars that
// contradict themselves, and puts events into order.
func ReadTruth(path string) (*Truth, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	defer file.Close()
	var t Truth
	d := json.NewDecoder(file)
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return nil, fmt.Errorf("forest: %s: %w", path, err)
	}
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("forest: %s: %w", path, err)
	}
	for i := range t.Mailboxes {
		t.Mailboxes[i].sort()
	}
	return &t, nil
}

func (t *Truth) check() error {
	for _, m := range t.Mailboxes {
		if !strings.Contains(m.Address, "@") {
			return fmt.Errorf("%q is no address", m.Address)
		}
		switch m.Access {
		case AccessNone, AccessFreeBusy, AccessDetails:
		default:
			return fmt.Errorf("%s: access is %q, want none, freebusy or details", m.Address, m.Access)
		}
		for _, e := range m.Events {
			if e.End.Before(e.Start) || !ExchangeOnline.knows(e.Busy) {
				return fmt.Errorf("%s: the event at %s ends before it starts or is of unknown busyType %q", m.Address, e.Start.Format(time.RFC3339), e.Busy)
			}
		}
	}
	return nil
}

// sort brings the events into the order in which Exchange lists them.
func (m *Mailbox) sort() {
	slices.SortStableFunc(m.Events, func(a, b Event) int {
		return cmp.Or(a.Start.Compare(b.Start), a.End.Compare(b.End))
	})
}

// JSON returns the text of truth.json.
func (t *Truth) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(t, "", " ")
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	return append(text, '\n'), nil
}
