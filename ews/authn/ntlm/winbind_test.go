package ntlm

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"availproxy/ews/authn"
)

const helperArgument = "ntlm_auth"

// playHelper is what ntlm_auth does, with accounts of its own. The files in dir
// say how well it feels: what the file of a word holds is its answer.
func playHelper(dir string) {
	file, err := os.ReadFile(filepath.Join(dir, "accounts"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "no accounts:", err)
		return
	}
	known, err := NewAccounts(bytes.NewReader(file), "member")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return
	}
	var exchange Exchange
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		token, _ := base64.StdEncoding.DecodeString(rest)
		said, err := os.ReadFile(filepath.Join(dir, word))
		switch said := string(said); {
		case err == nil && said == "hang":
			time.Sleep(time.Minute) // or until it is stopped
		case err == nil && said == "die":
			fmt.Fprintln(os.Stderr, "debug\nthis is the end")
			return
		case err == nil:
			fmt.Println(said)
		case word == "YR":
			var challenge []byte
			if exchange, challenge, err = known.Challenge(context.Background(), netip.Addr{}, token); err != nil {
				fmt.Println("NA NT_STATUS_INVALID_PARAMETER")
				continue
			}
			fmt.Println("TT " + base64.StdEncoding.EncodeToString(challenge))
		case word == "KK" && exchange != nil:
			fmt.Println(judged(exchange, token))
		default:
			fmt.Println("BH unexpected")
		}
	}
}

func judged(e Exchange, token []byte) string {
	l, err := readLogon(token)
	if err != nil {
		return "NA NT_STATUS_LOGON_FAILURE"
	}
	id, err := e.Check(context.Background(), l)
	if err != nil {
		return "NA NT_STATUS_LOGON_FAILURE"
	}
	return "AF " + id.Realm + `\` + strings.ToLower(id.Name)
}

// samba is a machine with helpers that can be made to feel unwell.
type samba struct {
	*Acceptor
	t   *testing.T
	dir string
	log journal
}

func winbind(t *testing.T, pool int, timeout time.Duration) *samba {
	t.Helper()
	dir := t.TempDir()
	s := &samba{t: t, dir: dir, log: make(journal, 100)}
	s.feels("accounts", `CONTOSO\EX2010$:`+canary)
	s.Acceptor = run(t, s.log, WinbindOptions{Command: []string{os.Args[0], helperArgument, dir}, Pool: pool, Timeout: timeout})
	return s
}

// run runs a Winbind until the test ends.
func run(t *testing.T, log io.Writer, o WinbindOptions) *Acceptor {
	t.Helper()
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	w, err := NewWinbind(o)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(w)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error)
	go func() { done <- w.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run returned %v", err)
		}
		if _, _, err := w.Challenge(context.Background(), netip.Addr{}, exchangeServer().negotiate()); err == nil {
			t.Error("a handshake began after the end")
		}
	})
	return a
}

// feels sets what helpers answer to a word; "" is what they really think.
func (s *samba) feels(word, answer string) {
	s.t.Helper()
	path := filepath.Join(s.dir, word)
	os.Remove(path)
	if answer == "" {
		return
	}
	if err := os.WriteFile(path, []byte(answer), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// journal is a log that tests read line by line.
type journal chan string

func (j journal) Write(p []byte) (int, error) {
	j <- string(p)
	return len(p), nil
}

// await returns the next line, which must hold text.
func (j journal) await(t *testing.T, text string) {
	t.Helper()
	select {
	case line := <-j:
		if !strings.Contains(line, text) {
			t.Fatalf("the log says %s, and not %q", line, text)
		}
	case <-time.After(time.Minute):
		t.Fatalf("the log says nothing of %q", text)
	}
}

func exchangeServer() caller {
	return caller{domain: "CONTOSO", user: "EX2010$", hash: [16]byte(unhexed(canary)), flags: offers, promisesMIC: true}
}

const ex2010 = `CONTOSO\ex2010$`

func TestWinbind(t *testing.T) {
	const fine = ""
	tests := map[string]struct {
		yr, kk string // what helpers answer
		change func(*caller)
		want   string
	}{
		"an Exchange server":               {fine, fine, nil, ex2010},
		"a wrong password":                 {fine, fine, func(c *caller) { c.hash[0]++ }, "bad_password"},
		"version 1 never gets that far":    {fine, "AF CONTOSO\\ex2010$", func(c *caller) { c.version1 = true }, "ntlm_v1"},
		"nor does an anonymous logon":      {fine, "AF CONTOSO\\ex2010$", func(c *caller) { c.spoil = anonymous }, "anonymous_logon"},
		"nor a code left out":              {fine, "AF CONTOSO\\ex2010$", func(c *caller) { c.spoil = func(d *draft) { d.room = 8 } }, "bad_integrity"},
		"nor one for another connection":   {fine, "AF CONTOSO\\ex2010$", func(c *caller) { c.binding = bytes.Repeat([]byte{1}, 16) }, "channel_binding"},
		"winbind's word counts":            {fine, "AF CONTOSO\\other$", nil, `CONTOSO\other$`},
		"a locked account":                 {fine, "NA NT_STATUS_ACCOUNT_LOCKED_OUT", nil, "bad_password"},
		"a message that it cannot read":    {fine, "NA NT_STATUS_INVALID_PARAMETER", nil, "malformed"},
		"no domain controller":             {fine, "NA NT_STATUS_NO_LOGON_SERVERS", nil, "unavailable"},
		"no winbind":                       {fine, "BH NT_STATUS_UNSUCCESSFUL NT_STATUS_UNSUCCESSFUL", nil, "unavailable"},
		"no permission":                    {fine, "BH NT_STATUS_ACCESS_DENIED NT_STATUS_ACCESS_DENIED", nil, "unavailable"},
		"an account without a domain":      {fine, "AF ex2010$", nil, "unavailable"},
		"another separator":                {fine, "AF CONTOSO+ex2010$", nil, "unavailable"},
		"no answer that there is":          {fine, "what?", nil, "unavailable"},
		"an answer without an end":         {fine, strings.Repeat("x", 2*longestLine), nil, "unavailable"},
		"a helper that ends over it":       {fine, "die", nil, "unavailable"},
		"a helper that hangs over it":      {fine, "hang", nil, "unavailable"},
		"a helper that hangs at once":      {"hang", fine, nil, "unavailable"},
		"a helper that ends at once":       {"die", fine, nil, "unavailable"},
		"a first message that it dislikes": {"NA NT_STATUS_INVALID_PARAMETER", fine, nil, "malformed"},
		"a challenge that is none":         {"TT AAAA", fine, nil, "unavailable"},
		"a challenge that is no base64":    {"TT !", fine, nil, "unavailable"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := winbind(t, 1, 2*time.Second)
			s.feels("YR", tt.yr)
			s.feels("KK", tt.kk)
			who := exchangeServer()
			if tt.change != nil {
				tt.change(&who)
			}
			if got := s.tries(t, who); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			s.feels("YR", fine)
			s.feels("KK", fine)
			if got := s.tries(t, exchangeServer()); got != ex2010 {
				t.Errorf("afterwards: got %s", got)
			}
		})
	}
}

// tries is logsOn for handshakes that may end with the first leg.
func (a *Acceptor) tries(t *testing.T, who caller) string {
	t.Helper()
	return a.triesFrom(t, "192.0.2.1", who)
}

func (a *Acceptor) triesFrom(t *testing.T, address string, who caller) string {
	t.Helper()
	h := a.Begin(comingFrom(t, address))
	defer h.Close()
	first := who.negotiate()
	leg, err := h.Step(t.Context(), first)
	if err != nil {
		return outcome(t, leg, err)
	}
	leg, err = h.Step(t.Context(), who.authenticate(t, first, leg.Reply))
	return outcome(t, leg, err)
}

func TestAHelperServesOneHandshakeAfterTheOther(t *testing.T) {
	s := winbind(t, 1, 10*time.Second)
	pids := map[int]bool{}
	for range 5 {
		if got := s.tries(t, exchangeServer()); got != ex2010 {
			t.Fatalf("got %s", got)
		}
		pids[s.pid()] = true
	}
	if len(pids) != 1 {
		t.Errorf("%d processes", len(pids))
	}
}

// pid is that of the one helper, which nobody uses.
func (s *samba) pid() int {
	w := s.backend.(*Winbind)
	h := <-w.slots
	defer func() { w.slots <- h }()
	return h.process.Process.Pid
}

func TestAHelperThatHasDiedIsReplacedUnnoticed(t *testing.T) {
	s := winbind(t, 1, 10*time.Second)
	if got := s.tries(t, exchangeServer()); got != ex2010 {
		t.Fatalf("got %s", got)
	}
	process, err := os.FindProcess(s.pid())
	if err != nil || process.Kill() != nil {
		t.Fatal("the helper cannot be killed", err)
	}
	if got := s.tries(t, exchangeServer()); got != ex2010 {
		t.Errorf("got %s", got)
	}
}

// TestNobodyKeepsTheHelpers is about strangers who begin handshakes and never
// end them, and about callers who hang up.
func TestNobodyKeepsTheHelpers(t *testing.T) {
	s := winbind(t, 4, 4*time.Second)
	var lazy []authn.Handshake
	for n := range 4 {
		h := s.Begin(comingFrom(t, fmt.Sprintf("192.0.2.%d", n)))
		if _, err := h.Step(t.Context(), exchangeServer().negotiate()); err != nil {
			t.Fatal(err)
		}
		lazy = append(lazy, h)
	}
	if got := s.tries(t, exchangeServer()); got != ex2010 {
		t.Errorf("beside them: got %s", got)
	}
	late := exchangeServer()
	leg, err := lazy[3].Step(t.Context(), late.authenticate(t, late.negotiate(), (&Accounts{domain: "CONTOSO"}).challenge(offers, [8]byte{})))
	if got := outcome(t, leg, err); got != "late" {
		t.Errorf("the last of them answers: got %s", got)
	}
	for _, h := range lazy {
		h.Close()
	}
	if got := len(s.backend.(*Winbind).slots); got != 4 {
		t.Errorf("%d of 4 helpers have come back", got)
	}
}

// comingFrom is a connection of a caller with that address.
func comingFrom(t *testing.T, address string) *authn.Connection {
	t.Helper()
	var connections authn.Connections
	return authn.ConnectionFrom(connections.ConnContext(t.Context(), distant{address: address}))
}

// distant is a connection of which nothing is used but where it leads.
type distant struct {
	net.Conn
	address string
}

func (d distant) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(d.address), 4711))
}

// TestOneAddressGetsNoMoreThanItsShare has a stranger begin one handshake after
// the other, faster than they are given up.
func TestOneAddressGetsNoMoreThanItsShare(t *testing.T) {
	s := winbind(t, 4, 2*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	var strangers sync.WaitGroup
	defer strangers.Wait()
	defer cancel()
	begun := make(chan struct{}, 100)
	for range 100 {
		strangers.Go(func() {
			for ctx.Err() == nil {
				h := s.Begin(comingFrom(t, "192.0.2.66"))
				defer h.Close()
				if _, err := h.Step(ctx, exchangeServer().negotiate()); err == nil {
					begun <- struct{}{}
					<-ctx.Done() // and never answers
				}
			}
		})
	}
	<-begun
	<-begun
	for range 10 {
		if got := s.triesFrom(t, "192.0.2.1", exchangeServer()); got != ex2010 {
			t.Errorf("a server beside the stranger: got %s", got)
		}
	}
	if w := s.backend.(*Winbind); len(w.slots) < 2 {
		t.Errorf("%d helpers are left, want half of 4", len(w.slots))
	}
}

func TestACallerWhoHangsUpTakesNoHelperWithHim(t *testing.T) {
	s := winbind(t, 1, time.Minute)
	s.feels("KK", "hang")
	h := s.Begin(&authn.Connection{})
	defer h.Close()
	who := exchangeServer()
	leg, err := h.Step(t.Context(), who.negotiate())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	leg, err = h.Step(ctx, who.authenticate(t, who.negotiate(), leg.Reply))
	if got := outcome(t, leg, err); got != "late" {
		t.Errorf("got %s: %v", got, err)
	}
	s.feels("KK", "")
	if got := s.tries(t, exchangeServer()); got != ex2010 {
		t.Errorf("afterwards: got %s", got)
	}
}

func TestNTLMIsOfferedOnlyWhileLogonsCanBeChecked(t *testing.T) {
	for name, answer := range map[string]string{
		"winbindd":            "BH NT_STATUS_UNSUCCESSFUL NT_STATUS_UNSUCCESSFUL",
		"a domain controller": "NA NT_STATUS_NO_LOGON_SERVERS",
		"a helper":            "die",
	} {
		t.Run("without "+name, func(t *testing.T) {
			t.Parallel()
			s := winbind(t, 1, 10*time.Second)
			s.feels("KK", answer)
			if got := s.tries(t, exchangeServer()); got != "unavailable" {
				t.Errorf("got %s", got)
			}
			s.log.await(t, "not offered any more")
			if s.Ready() {
				t.Error("it is still offered")
			}
			s.feels("KK", "")
			s.log.await(t, "offered again")
			if !s.Ready() {
				t.Error("it is not offered again")
			}
		})
	}
}

func TestACommandThatIsNotThere(t *testing.T) {
	if w, err := NewWinbind(WinbindOptions{Command: []string{"no-such-helper"}, Pool: 1}); err == nil || !strings.Contains(err.Error(), "winbind") {
		t.Errorf("got %v, %v", w, err)
	}
}
