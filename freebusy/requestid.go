package freebusy

import (
	"context"
	"crypto/rand"
	"fmt"

	"go.opentelemetry.io/otel/trace"
)

// RequestID is what another side writes into its log beside our request, so that
// both can be found together: the trace it belongs to, if there is one, in the
// form of a GUID.
func RequestID(ctx context.Context) string {
	id := trace.SpanContextFromContext(ctx).TraceID()
	if !id.IsValid() {
		rand.Read(id[:])
	}
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
