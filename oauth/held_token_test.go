package oauth

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHeldTokensShowNoToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var e Entra
		began := time.Now()
		for scope, life := range map[string]time.Duration{"https://b.example/.default": time.Hour, "https://a.example/.default": 2 * time.Hour} {
			e.tokens.get(t.Context(), scope, func(context.Context) (Token, error) {
				return NewToken("eyJsecret", time.Now().Add(life)), nil
			})
		}
		want := []HeldToken{{"https://a.example/.default", began.Add(2 * time.Hour)}, {"https://b.example/.default", began.Add(time.Hour)}}
		got := e.Held()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if printed := fmt.Sprintf("%+v %#v", got, got); strings.Contains(printed, "eyJ") {
			t.Errorf("prints %s", printed)
		}
		time.Sleep(time.Hour)
		if diff := cmp.Diff(want[:1], e.Held()); diff != "" {
			t.Errorf("an hour later (-want +got):\n%s", diff)
		}
	})
}
