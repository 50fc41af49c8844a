package telemetry

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What a stranger can cause without proving anything must not fill a disk, nor bury
// what matters. Of lines about a client, from warn up, so many are written in a
// minute: of one message for one reason to one address, and in all.
const (
	sparingFor  = time.Minute
	linesOfKind = 5
	linesInAll  = 120
	kindsInAll  = 1024 // that are told apart
	kindsToTell = 10   // with a line of their own about what is left out
)

// spared is a handler that leaves out what repeats itself.
type spared struct {
	slog.Handler
	sparing *sparing
}

// Handle implements [slog.Handler].
func (h spared) Handle(ctx context.Context, r slog.Record) error {
	h.sparing.catchUp(ctx, r.Time)
	if r.Level >= slog.LevelWarn {
		if k, about := kindOf(r); about && !h.sparing.admits(k, r.Time) {
			return nil
		}
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements [slog.Handler].
func (h spared) WithAttrs(attrs []slog.Attr) slog.Handler {
	return spared{h.Handler.WithAttrs(attrs), h.sparing}
}

// WithGroup implements [slog.Handler].
func (h spared) WithGroup(name string) slog.Handler {
	return spared{h.Handler.WithGroup(name), h.sparing}
}

// kind is what makes two lines the same to whoever reads them. A principal has been
// proved, so that nobody can make up many.
type kind struct{ message, client, reason, principal string }

// kindOf reports whether a line is about a client, and of which kind it is.
func kindOf(r slog.Record) (k kind, about bool) {
	k.message = r.Message
	r.Attrs(func(a slog.Attr) bool {
		switch a.Key {
		case "client":
			k.client, about = network(a.Value.String()), true
		case "reason":
			k.reason = a.Value.String()
		case "principal":
			k.principal = a.Value.String()
		}
		return true
	})
	return k, about
}

// network is the address of a client without its port; of IPv6 the part that one
// customer gets at least (RFC 6177 2).
func network(client string) string {
	address, err := netip.ParseAddr(client)
	if err != nil {
		with, err := netip.ParseAddrPort(client)
		if err != nil {
			return client
		}
		address = with.Addr()
	}
	if address = address.Unmap().WithZone(""); address.Is6() {
		prefix, _ := address.Prefix(64) // of an address of 128 bits
		return prefix.String()
	}
	return address.String()
}

// sparing counts the lines of a minute.
type sparing struct {
	told slog.Handler // where it is said what was left out
	due  atomic.Int64 // when the minute is over, Unix time in nanoseconds; 0: nothing is counted

	mu      sync.Mutex // guards what follows
	since   time.Time
	kinds   map[kind]tally
	written int
	other   int // lines left out of kinds that are not told apart
}

// tally counts the lines of one kind.
type tally struct{ written, leftOut int }

// admits counts a line and reports whether it is to be written.
func (s *sparing) admits(k kind, at time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.kinds == nil {
		s.since, s.kinds, s.written, s.other = at, map[kind]tally{}, 0, 0
		s.due.Store(at.Add(sparingFor).UnixNano())
	}
	t, known := s.kinds[k]
	told := known || len(s.kinds) < kindsInAll
	switch {
	case s.written < linesInAll && t.written < linesOfKind:
		s.written++
		t.written++
	case !told:
		s.other++
		return false
	default:
		t.leftOut++
	}
	if told {
		s.kinds[k] = t
	}
	return t.leftOut == 0
}

// catchUp tells what was left out, if the minute is over.
func (s *sparing) catchUp(ctx context.Context, now time.Time) {
	if due := s.due.Load(); due != 0 && now.UnixNano() >= due {
		s.flush(ctx)
	}
}

// flush tells what has been left out since the minute began, and ends it.
func (s *sparing) flush(ctx context.Context) {
	s.mu.Lock()
	since, kinds, other := s.since, s.kinds, s.other
	s.kinds = nil
	s.due.Store(0)
	s.mu.Unlock()

	maps.DeleteFunc(kinds, func(_ kind, t tally) bool { return t.leftOut == 0 })
	most := slices.SortedFunc(maps.Keys(kinds), func(a, b kind) int { return cmp.Compare(kinds[b].leftOut, kinds[a].leftOut) })
	for i, k := range most {
		if i < kindsToTell {
			s.tell(ctx, since, kinds[k].leftOut, slog.String("line", k.message), slog.String("client", k.client),
				slog.String("reason", k.reason), slog.String("principal", k.principal))
			continue
		}
		other += kinds[k].leftOut
	}
	if other > 0 {
		s.tell(ctx, since, other, slog.String("line", "of other clients or for other reasons"))
	}
}

func (s *sparing) tell(ctx context.Context, since time.Time, lines int, which ...slog.Attr) {
	r := slog.NewRecord(time.Now(), slog.LevelWarn, "lines left out, which repeat others", 0)
	r.AddAttrs(slog.Int("left_out", lines), slog.Time("since", since))
	r.AddAttrs(which...)
	_ = s.told.Handle(ctx, r) // as with every line: nobody is left to be told
}
