package graph

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"availproxy/freebusy"
)

// TestNoScheduleIsAnybodyElses lets schedules come in any order, missing, several
// times, in other cases and of strangers. Each holds, as its location, whose it is.
func TestNoScheduleIsAnybodyElses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		people := make([]string, rapid.IntRange(1, 25).Draw(t, "people"))
		for i := range people {
			people[i] = fmt.Sprintf("m%d@contoso.com", i)
		}
		named := rapid.SliceOfN(rapid.IntRange(0, len(people)+2), 0, 2*len(people)).Draw(t, "schedules") // the last ones are strangers'
		told, times := make([]string, len(named)), map[int]int{}
		for i, n := range named {
			address := fmt.Sprintf("m%d@contoso.com", n)
			if rapid.Bool().Draw(t, "shouted") {
				address = strings.ToUpper(address)
			}
			told[i] = item(address, fmt.Sprintf(`,"isPrivate":false,"location":"m%d@contoso.com"`, n))
			times[n]++
		}
		q := about(people...)
		answers := make([]freebusy.Answer, len(people))
		response := httptest.NewRecorder()
		response.Header().Set("Content-Type", "application/json")
		response.WriteString(`{"value":[` + strings.Join(told, ",") + `]}`)
		if failure := (reader{asked: newQuestion(q, q.Mailboxes)}).read(response.Result(), 1<<20, answers); failure != nil {
			t.Fatal(failure)
		}
		for i, a := range answers {
			if once := times[i] == 1; once != (a.Calendar != nil) || once == (a.Err != nil) {
				t.Errorf("%s has %d schedules and got %+v", people[i], times[i], a)
			}
			if a.Calendar != nil && a.Calendar.Events[0].Details.Location != people[i] {
				t.Errorf("%s got the calendar of %s", people[i], a.Calendar.Events[0].Details.Location)
			}
		}
	})
}
