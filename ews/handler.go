package ews

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"availproxy/freebusy"
)

// Handler answers GetUserAvailability ([MS-OXWAVLS] 3.1.4.1) from Source. It
// serves POST on whatever path it is put; authentication, and which paths
// there are, is the matter of whoever puts it there.
type Handler struct {
	Source freebusy.Source

	// ServerName stands as ExceptionServerName in errors: the host that an
	// operator should look at.
	ServerName string

	// AnswerTimeout is when the answer goes out, whatever is missing by then.
	// Zero leaves that to the Source.
	AnswerTimeout time.Duration

	// Log gets one line for each question. Nil is slog.Default().
	Log *slog.Logger

	// Scope decides on what else than the mailbox the answer depends. claimed
	// is the PrimarySmtpAddress of a SerializedSecurityContext, "" when there
	// is none; it is only a claim of whoever sent the request. A *freebusy.Error
	// is the answer for every mailbox. Nil gives the zero Scope.
	Scope func(ctx context.Context, claimed string) (freebusy.Scope, error)
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}
