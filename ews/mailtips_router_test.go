package ews

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

// tipsForest gives everything whatever it is asked, and remembers that.
type tipsForest struct {
	fails *freebusy.Error
	takes time.Duration

	mu    sync.Mutex // guards asked
	asked []MailTipsQuery
}

func (f *tipsForest) MailTips(ctx context.Context, q MailTipsQuery) []MailTipsAnswer {
	f.mu.Lock()
	f.asked = append(f.asked, q)
	f.mu.Unlock()
	time.Sleep(f.takes)
	if f.fails != nil {
		return mailTipsFailed(len(q.Recipients), f.fails)
	}
	return openBook(nil).MailTips(ctx, q)
}

// byDomain routes by domain and asks under another address.
type byDomain struct{}

func (byDomain) Routes(_ context.Context, mailboxes []freebusy.Mailbox) []freebusy.Route {
	routes := make([]freebusy.Route, len(mailboxes))
	for i, m := range mailboxes {
		connector, _, _ := strings.Cut(m.Domain(), ".")
		routes[i] = freebusy.Route{Connector: connector, Endpoint: "https://" + m.Domain(), Address: "at." + m.Address}
		if connector == "nowhere" {
			routes[i].Err = freebusy.AddressSpaceNotFound(m.Domain())
		}
	}
	return routes
}

func (byDomain) Failed(freebusy.Route, error) {}

// accessTo says what connectors pass on, by the first word of the domain.
func accessTo(_ context.Context, _ MailTipsQuery, m freebusy.Mailbox) (MailTipTypes, *freebusy.Error) {
	switch connector, _, _ := strings.Cut(m.Domain(), "."); connector {
	case "limited":
		return LimitedMailTips, nil
	case "closed":
		return 0, MailTipsDisabled(nil)
	}
	return AllMailTips, nil
}

func TestEachForestIsAskedForWhatItsConnectorPassesOn(t *testing.T) {
	open, limited, down := &tipsForest{}, &tipsForest{}, &tipsForest{fails: freebusy.ProxyFailed("down", errors.New("down"))}
	router := &MailTipsRouter{
		Directory: byDomain{}, Access: accessTo,
		Forest: func(connector, _ string) MailTipsSource {
			return map[string]MailTipsSource{"open": open, "limited": MailTipsAtMost{limited, LimitedMailTips}, "down": down}[connector]
		},
	}
	q := tipsQuery(AllMailTips, "a@limited.example", "b@open.example", "c@closed.example", "d@down.example", "e@nowhere.example", "B@open.example", "f@gone.example", "a@limited.example")
	var codes []string
	got := router.MailTips(t.Context(), q)
	for i, a := range got {
		code := ""
		if a.Err != nil {
			code = string(a.Err.Code)
		} else if a.Tips.Recipient != q.Recipients[i] {
			t.Errorf("recipient %d got the tips of %s", i, a.Tips.Recipient.Address)
		}
		codes = append(codes, code)
	}
	want := []string{"", "", "ErrorMailTipsDisabled", "ErrorProxyRequestProcessingFailed", "ErrorAddressSpaceNotFound", "", "ErrorMailTipsDisabled", ""}
	if d := cmp.Diff(want, codes); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
	part := func(tips MailTipTypes, address string) []MailTipsQuery {
		part := tipsQuery(tips, address)
		return []MailTipsQuery{part}
	}
	if d := cmp.Diff([][]MailTipsQuery{part(AllMailTips, "at.b@open.example"), part(LimitedMailTips, "at.a@limited.example")}, [][]MailTipsQuery{open.asked, limited.asked}); d != "" {
		t.Errorf("the forests are asked otherwise (-want +got)\n%s", d)
	}
	if tips := got[0].Tips; tips.Full != nil || tips.Custom != nil || tips.Total != nil || tips.External != nil || tips.Moderated != nil || tips.OutOfOffice == nil || tips.MaxSize == nil || tips.Restricted == nil || tips.Invalid == nil {
		t.Errorf("a limited connector passed on %+v", tips)
	}
}

// The level of the recipient's own connector holds also where a redirection has
// led to a more open one, and the other way round.
func TestARedirectionOpensNothing(t *testing.T) {
	tests := map[string]struct {
		asked, led MailTipTypes
		want       []string // what is passed on of a custom tip, a full mailbox and an automatic reply
		code       freebusy.Code
	}{
		"from all to all":     {AllMailTips, AllMailTips, []string{"custom", "full", "reply"}, ""},
		"from limited to all": {LimitedMailTips, AllMailTips, []string{"reply"}, ""},
		"from all to limited": {AllMailTips, LimitedMailTips, []string{"reply"}, ""},
		"from all to none":    {AllMailTips, 0, nil, errorMailTipsDisabled},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			router := &MailTipsRouter{
				Directory: byDomain{},
				Access: func(context.Context, MailTipsQuery, freebusy.Mailbox) (MailTipTypes, *freebusy.Error) {
					return tt.asked, nil
				},
				Forest: func(string, string) MailTipsSource { return MailTipsAtMost{&tipsForest{}, tt.led} },
			}
			a := router.MailTips(t.Context(), tipsQuery(AllMailTips, annaAddress))[0]
			var got []string
			if a.Tips != nil && a.Tips.Custom != nil {
				got = append(got, "custom")
			}
			if a.Tips != nil && a.Tips.Full != nil {
				got = append(got, "full")
			}
			if a.Tips != nil && a.Tips.OutOfOffice != nil {
				got = append(got, "reply")
			}
			if !slices.Equal(got, tt.want) || a.Err != nil && a.Err.Code != tt.code || a.Err == nil && tt.code != "" {
				t.Errorf("got %q, %v, want %q, %s", got, a.Err, tt.want, tt.code)
			}
		})
	}
}

func TestNobodyIsAskedForNothing(t *testing.T) {
	forest := &tipsForest{}
	q := tipsQuery(CustomMailTip, annaAddress)
	got := MailTipsAtMost{forest, LimitedMailTips}.MailTips(t.Context(), q)
	if d := cmp.Diff([]MailTipsAnswer{{Tips: &MailTips{Recipient: q.Recipients[0]}}}, got); d != "" || len(forest.asked) > 0 {
		t.Errorf("asked %v (-want +got)\n%s", forest.asked, d)
	}
}

func TestForestsAreAskedForMailTipsAtTheSameTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &tipsForest{takes: time.Minute}
		router := &MailTipsRouter{Directory: byDomain{}, Access: accessTo, Forest: func(string, string) MailTipsSource { return slow }}
		start := time.Now()
		router.MailTips(t.Context(), tipsQuery(AllMailTips, "a@one.example", "b@two.example", "c@three.example"))
		if took := time.Since(start); took != time.Minute {
			t.Errorf("three forests took %s, want as long as one", took)
		}
	})
}
