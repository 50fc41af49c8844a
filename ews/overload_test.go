package ews

import (
	"bytes"
	"context"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"availproxy/ews/soap"
	"availproxy/freebusy"
)

// full is a Handler whose room is taken by questions that wait for release.
func full(t *testing.T, h *Handler) (release func()) {
	t.Helper()
	leave := make(chan struct{})
	h.Source = source(func(context.Context, freebusy.Query) ([]freebusy.Answer, error) {
		<-leave
		return []freebusy.Answer{{Calendar: annas()}}, nil
	})
	for range h.MaxQuestions {
		go post(h, ask().document())
	}
	synctest.Wait()
	return func() {
		close(leave)
		synctest.Wait()
	}
}

func TestOneQuestionTooManyIsTurnedAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &Handler{MaxQuestions: 3, Log: quiet}
		release := full(t, h)
		began := time.Now()
		for _, document := range []string{ask().document(), "not looked at"} {
			w := post(h, document)
			m, err := soap.Read(w.Body, soap.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			f := m.Fault()
			if w.Code != 500 || f == nil || f.Code != "ErrorServerBusy" || soap.Text(f.Detail.FindElement("MessageXml/Value[@Name='BackOffMilliseconds']")) != "5000" {
				t.Errorf("got %d %+v", w.Code, f)
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("it took %v", took)
		}
		release()
		if w := post(h, ask().document()); w.Code != 200 {
			t.Errorf("with room again: got %d %s", w.Code, w.Body)
		}
	})
}

func TestTheBodyOfAQuestionThatIsTurnedAwayIsTakenOffTheConnection(t *testing.T) {
	h := &Handler{MaxQuestions: 1, Log: quiet}
	h.tally().underWay.Store(1)
	body := strings.NewReader(strings.Repeat("x", 100_000))
	r := httptest.NewRequest(http.MethodPost, "/EWS/Exchange.asmx", body)
	r.Header.Set("Content-Type", contentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	if w.Code != 500 || body.Len() != 0 || h.tally().underWay.Load() != 1 {
		t.Errorf("got %d, %d bytes left, %d under way", w.Code, body.Len(), h.tally().underWay.Load())
	}
}

func TestAFloodOfQuestionsLeavesOneLineASecondAndEachInTheCount(t *testing.T) {
	_, reader := recorded(t)
	synctest.Test(t, func(t *testing.T) {
		var lines bytes.Buffer
		h := &Handler{MaxQuestions: 1, Log: slog.New(slog.NewTextHandler(&lines, nil))}
		release := full(t, h)
		for range 3 {
			for range 100 {
				post(h, "")
			}
			time.Sleep(time.Second)
		}
		if got := strings.Count(lines.String(), "turned away"); got != 3 || !strings.Contains(lines.String(), "queries=100") {
			t.Errorf("got %d lines: %s", got, &lines)
		}
		release()
	})
	var collected metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &collected); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok && m.Name == "availproxy.queries" {
			for _, p := range sum.DataPoints {
				outcome, _ := p.Attributes.Value("outcome")
				got[outcome.AsString()] += p.Value
			}
		}
	}
	if want := map[string]int64{"busy": 300, "answered": 1, "partial": 0, "failed": 0, "fault": 0}; !maps.Equal(got, want) {
		t.Errorf("counted %v, want %v", got, want)
	}
}

func TestAQuestionThatIsTurnedAwayCostsLittle(t *testing.T) {
	if raceDetector {
		t.Skip("the race detector allocates by itself")
	}
	document := ask().document()
	closed := &Handler{MaxQuestions: 1, Log: quiet}
	closed.tally().underWay.Store(1)
	asking := testing.AllocsPerRun(50, func() { post(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), document) })
	refused := testing.AllocsPerRun(50, func() { post(closed, document) })
	if refused > asking+10 { // the recorder that takes the answer has half of them
		t.Errorf("it allocates %v times, and to ask %v times", refused, asking)
	}
}
