package telemetry

import (
	"log/slog"
	"os"
	"testing"
	"time"
)

// BenchmarkLine is what the line of a question costs, as ews writes it for one
// mailbox and for twenty: to a file that takes no time, with discretion on.
func BenchmarkLine(b *testing.B) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	defer null.Close()
	log := NewLogger(null, slog.LevelInfo, false, withoutAnna)
	for name, mailboxes := range map[string]int{"1": 1, "20": 20} {
		hashes := make([]string, mailboxes)
		for i := range hashes {
			hashes[i] = "0123456789ab"
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				log.LogAttrs(b.Context(), slog.LevelInfo, "availability query",
					slog.String("outcome", "answered"), slog.Duration("duration", 73*time.Microsecond), slog.String("caller", "14.03.0123.003"),
					slog.String("generation", "2010"), slog.String("because", "build"), slog.String("proxy_type", "CrossForest"),
					slog.String("server_version", "Exchange2010_SP2"), slog.String("operation", "GetUserAvailability"),
					slog.Int("mailboxes", mailboxes), slog.Any("mailbox_hash", hashes), slog.Int("failed", 0),
					slog.Float64("window_days", 7), slog.String("view", "DetailedMerged"),
					slog.String("principal", "CONTOSO\\EX2010$"), slog.String("mechanism", "ntlm"))
			}
		})
	}
}
