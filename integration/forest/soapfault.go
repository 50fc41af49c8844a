package forest

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

const (
	maximumMailboxes = 100
	maximumEntries   = 1000
	maximumBytes     = 400 << 10

	// unpublished stands for the numbers of availability faults that no public
	// sample shows. Exchange 2007 writes this HRESULT in their place
	// (getuseroofsettings-operation).
	unpublished = -2146233088
)

// fault is a whole-request failure, sent as a SOAP fault with status 500.
type fault struct {
	code   string // local part of faultcode
	text   string
	number int // of an availability fault; 0 in an ordinary one

	violation string        // of the schema
	backOff   time.Duration // BackOffMilliseconds
}

// availabilityFault carries a number and no ResponseCode in its detail.
func availabilityFault(code string, number int, text string, args ...any) *fault {
	return &fault{code: code, number: number, text: fmt.Sprintf(text, args...)}
}

// ordinaryFault carries its ResponseCode in its detail, as all other operations
// of EWS do.
func ordinaryFault(code, text string) *fault { return &fault{code: code, text: text} }

func schemaFault(violation string) *fault {
	return &fault{code: "ErrorSchemaValidation", text: "The request failed schema validation: " + violation, violation: violation}
}

func tooManyMailboxes(allowed, n int) *fault {
	return availabilityFault("ErrorMailboxDataArrayTooBig", 5002,
		"There are too many target users in the EmailAddress array. The allowed size = %d; the actual size = %d.", allowed, n)
}

func windowTooLong(allowed, days int) *fault {
	return availabilityFault("ErrorTimeIntervalTooBig", unpublished,
		"The requested time duration specified for FreeBusyViewOptions.TimeWindow is too long. The allowed limit = %d days; the actual limit = %d days.", allowed, days)
}

func serverBusy(backOff time.Duration) *fault {
	return &fault{code: "ErrorServerBusy", text: "The server cannot service this request right now. Try again later.", backOff: backOff}
}

// failed implements dialect: EWS has no more to say than the status.
func (g Generation) failed(w http.ResponseWriter, status int) { w.WriteHeader(status) }

// busy implements dialect.
func (g Generation) busy(w http.ResponseWriter, backOff time.Duration) {
	send(w, http.StatusInternalServerError, serverBusy(backOff).document(g, ""))
}

// document writes the fault as a server of that age does. Exchange 2007 has its
// own dialect for availability faults: the name of a .NET exception in front of
// the text and the code nowhere.
func (f *fault) document(g Generation, url string) []byte {
	var p pen
	p.open(`s:Envelope xmlns:s="` + nsSOAP + `"`)
	p.open("s:Body")
	p.open("s:Fault")
	if g == Exchange2007 && f.number != 0 {
		p.leaf("faultcode", "s:Client")
		p.leaf("faultstring", "Microsoft.Exchange.InfoWorker.Common.Availability.AvailabilityException: "+f.text)
		p.leaf("faultactor", url)
	} else {
		p.leaf(`faultcode xmlns:a="`+nsTypes+`"`, "a:"+f.code)
		p.leaf(`faultstring xml:lang="en-US"`, f.text)
	}
	p.open("detail")
	f.detail(&p)
	p.close("detail", "s:Fault", "s:Body", "s:Envelope")
	return p.bytes()
}

func (f *fault) detail(p *pen) {
	if f.number != 0 {
		p.leaf(`m:ErrorCode xmlns:m="`+nsMessages+`"`, strconv.Itoa(f.number))
		return
	}
	p.leaf(`e:ResponseCode xmlns:e="`+nsErrors+`"`, f.code)
	p.leaf(`e:Message xmlns:e="`+nsErrors+`"`, f.text)
	if f.violation == "" && f.backOff == 0 {
		return
	}
	p.open(`t:MessageXml xmlns:t="` + nsTypes + `"`)
	if f.backOff > 0 {
		p.leaf(`t:Value Name="BackOffMilliseconds"`, strconv.FormatInt(f.backOff.Milliseconds(), 10))
	} else {
		p.leaf("t:LineNumber", "1")
		p.leaf("t:LinePosition", "1")
		p.leaf("t:Violation", f.violation)
	}
	p.close("t:MessageXml")
}

func tooManyEntries(n int) *refusal {
	return &refusal{
		code: "ErrorResultSetTooBig", exception: "ResultSetTooBigException", number: unpublished, lid: 54796,
		text: fmt.Sprintf("The result set contains too many calendar entries. The allowed size = %d; the actual size = %d.", maximumEntries, n),
	}
}
