package ews

import (
	"errors"
	"net/http"
	"testing"

	"availproxy/freebusy"
)

// Only Exchange itself can say that EWS is over.
func TestWhenEWSIsOver(t *testing.T) {
	exchange := func(more ...string) http.Header {
		h := http.Header{"X-Feserver": {"SHXPR01CA0001"}, "Request-Id": {"b3b4"}}
		for i := 0; i < len(more); i += 2 {
			h.Set(more[i], more[i+1])
		}
		return h
	}
	tests := map[string]struct {
		reply reply
		over  bool
	}{
		"an empty 403 of Exchange":        {reply{status: 403, header: exchange()}, true},
		"one that names the application":  {reply{status: 403, header: http.Header{"X-Ms-Appid": {"00000000-1111-2222-3333-444444444444"}}}, true},
		"one with a word of text":         {reply{status: 403, header: exchange("Content-Type", "text/plain"), body: "Access is denied."}, true},
		"a token that lacks a permission": {reply{status: 403, header: exchange("x-ms-diagnostics", `2000012;reason="x";error_category="y"`)}, false},
		"a page of a firewall":            {reply{status: 403, header: http.Header{"Content-Type": {"text/html"}}, body: "<html>EWS is disabled</html>"}, false},
		"a page on the way back":          {reply{status: 403, header: exchange("Content-Type", "text/html; charset=utf-8"), body: "<html>blocked</html>"}, false},
		"an empty 403 of somebody":        {reply{status: 403}, false},
		"a token that is refused":         {reply{status: 401, header: exchange()}, false},
		"no such page":                    {reply{status: 404, header: exchange()}, false},
		"trouble":                         {reply{status: 503, header: exchange()}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for i, a := range answersOf(t, clientOf(t, &recorder{reply: tt.reply}), aboutThem()) {
				if a.Err == nil || errors.Is(a.Err, freebusy.ErrWithdrawn) != tt.over {
					t.Errorf("mailbox %d: %v is the end of EWS: %t, want %t", i, a.Err, !tt.over, tt.over)
				}
			}
		})
	}
}
