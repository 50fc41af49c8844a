package oauth

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// signedByEither asks an auth server with the certificate that signs now and,
// should the server not know that one, once with the other.
func signedByEither[T any](ctx context.Context, c Certificates, authServer string, log *slog.Logger, ask func(*Certificate) (T, error)) (T, error) {
	now := time.Now()
	first, other := c.Signing(now), c.Other(now)
	token, err := ask(first)
	refusal, ok := errors.AsType[*AuthServerError](err)
	if !ok || !refusal.UnknownKey() || other == nil || other.Check(now) != nil {
		return token, err
	}
	second, otherErr := ask(other)
	if otherErr != nil {
		return token, err // the first refusal is the one to mend
	}
	log.WarnContext(ctx, "the auth server does not know the certificate that signs, but took the other one",
		"auth_server", authServer, "unknown", first.Thumbprint(), "taken", other.Thumbprint())
	return second, nil
}
