package forest

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"availproxy/integration/forest/s2s"
)

// EWS answers GetUserAvailability ([MS-OXWAVLS] 3.1.4.1) and GetMailTips
// ([MS-OXWMT] 3.1.4.1) from a Truth as a server of one Generation does, at POST
// /EWS/Exchange.asmx in any case.
//
// Its fields are set before it serves; Faults, Journal and SetOrganizationConfig
// may be used at any time.
type EWS struct {
	Truth      *Truth
	Generation Generation // default ExchangeOnline
	Server     string     // its own name, in per-mailbox errors
	URL        string     // its own URL, in faults of Exchange 2007

	// Tap, if it is set, is called with each request that may be asked, before it
	// is read, and from several goroutines.
	Tap func(r *http.Request, body []byte)

	// Verifier decides who may ask. Nil lets everybody ask.
	Verifier    *s2s.Verifier
	AppVerifier *s2s.AppVerifier // for access tokens of Entra; nil takes none
	Challenge   s2s.Challenge    // for whoever may not

	// ImpersonationNeeded refuses applications with a token of Entra that name nobody
	// in an ExchangeImpersonation header.
	ImpersonationNeeded bool

	Faults  Switchboard
	Journal Journal

	config atomic.Pointer[OrganizationConfig]
}

// Path is where EWS answers.
const Path = "/EWS/Exchange.asmx"

// ServeHTTP implements [http.Handler].
func (s *EWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	seen := Request{
		Time: time.Now(), Method: r.Method, Path: r.URL.Path, Host: r.Host, Remote: r.RemoteAddr,
		UserAgent: r.UserAgent(), Anchor: r.Header.Get("X-AnchorMailbox"), Authorization: scheme,
		RequestID: newGUID(), ClientRequestID: r.Header.Get("client-request-id"),
	}
	status := s.Journal.watch(w, &seen)
	defer status.done()
	if !strings.EqualFold(r.URL.Path, Path) {
		http.NotFound(status, r)
		return
	}
	s.nameServers(status, r, seen)
	if a, ok := s.admit(status, r, &seen); ok && s.lets(status, a) {
		s.serve(status, r, &seen, a)
	}
}

// nameServers writes who has answered, from which Exchange can be told from
// whatever stands before it. Servers before 2013 did not.
func (s *EWS) nameServers(w http.ResponseWriter, r *http.Request, seen Request) {
	if s.age() < Exchange2013 {
		return
	}
	nameRequest(w, r, seen)
	w.Header().Set("X-FEServer", s.Server)
	w.Header().Set("X-CalculatedBETarget", s.Server)
}

func (s *EWS) serve(w http.ResponseWriter, r *http.Request, seen *Request, a asker) {
	switch kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); {
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", http.MethodPost)
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	case kind != "text/xml":
		w.WriteHeader(http.StatusUnsupportedMediaType)
		return
	}
	envelope, refused := s.readRequest(w, r)
	seen.Operation = operationOf(envelope)
	targets := append(readTargets(envelope), readRecipients(envelope)...)
	for _, t := range targets {
		seen.Mailboxes = append(seen.Mailboxes, t.address)
	}
	if refused == nil {
		refused = s.impersonate(envelope, a, seen)
	}
	f := s.Faults.strike(targets)
	if f.instead(w, r, s.age()) {
		return
	}
	body, refused := s.answer(envelope, refused, f)
	if refused != nil {
		send(w, http.StatusInternalServerError, refused.document(s.age(), s.URL))
		return
	}
	f.deliver(w, xmlType, body)
}

func (s *EWS) age() Generation { return cmp.Or(s.Generation, ExchangeOnline) }

func (s *EWS) readRequest(w http.ResponseWriter, r *http.Request) (*node, *fault) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maximumBytes))
	if s.Tap != nil {
		s.Tap(r, data)
	}
	if _, tooBig := errors.AsType[*http.MaxBytesError](err); tooBig {
		return nil, ordinaryFault("ErrorRequestStreamTooBig", "The request stream exceeds the allowed size.")
	}
	envelope, err := readNode(data)
	if err != nil {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	return envelope, nil
}

// operationOf is the name of what the Body asks for, "" when there is nothing.
func operationOf(envelope *node) string {
	if body := envelope.child(nsSOAP, "Body"); body != nil && len(body.Children) > 0 {
		return body.Children[0].XMLName.Local
	}
	return ""
}

// answer returns the answering document, with those faults in it that leave it
// one.
func (s *EWS) answer(envelope *node, refused *fault, f Faults) ([]byte, *fault) {
	if refused != nil {
		return nil, refused
	}
	operation := operationOf(envelope)
	if operation != "" && operation == f.Lacks {
		return nil, ordinaryFault("ErrorInvalidRequest", "The request is invalid.")
	}
	if operation == "GetMailTips" {
		return s.answerMailTips(envelope, f)
	}
	q, refused := readQuestion(envelope, s.age())
	if refused != nil {
		return nil, refused
	}
	var answers []answer
	for _, t := range q.mailboxes {
		a := answer{refusal: f.refuse(t)}
		if a.refusal == nil && q.wantsView {
			a = s.Truth.look(t, q, s.age())
		}
		answers = append(answers, a)
	}
	return reply(q, shuffle(f, answers), s.age(), s.Server), nil
}
