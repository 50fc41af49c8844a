package graph

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"availproxy/freebusy"
)

func TestWorkingHours(t *testing.T) {
	hours := func(zone freebusy.TimeZone, start, end int) *freebusy.WorkingHours {
		return &freebusy.WorkingHours{Zone: zone, Periods: []freebusy.WorkingPeriod{{Days: []time.Weekday{time.Monday}, Start: start, End: end}}}
	}
	china := freebusy.TimeZone{Bias: -480}
	tests := map[string]struct {
		told string
		want *freebusy.WorkingHours
	}{
		"a Windows zone":          {`{"daysOfWeek":["monday"],"startTime":"08:00:00.0000000","endTime":"17:00:00.0000000","timeZone":{"name":"China Standard Time"}}`, hours(china, 480, 1020)},
		"a zone of the tz base":   {`{"daysOfWeek":["Monday"],"startTime":"08:00:00","endTime":"17:30:00","timeZone":{"name":"Asia/Shanghai"}}`, hours(china, 480, 1050)},
		"UTC":                     {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"name":"UTC"}}`, hours(freebusy.TimeZone{}, 480, 1020)},
		"until midnight":          {`{"daysOfWeek":["monday"],"startTime":"16:00:00","endTime":"00:00:00","timeZone":{"name":"UTC"}}`, hours(freebusy.TimeZone{}, 960, 1440)},
		"a zone without switches": {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"bias":-480,"name":"Customized Time Zone","standardOffset":{"month":0},"daylightOffset":{"month":0}}}`, hours(china, 480, 1020)},
		"an unknown zone":         {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"name":"Nowhere Standard Time"}}`, nil},
		"a zone that is a file":   {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"name":"../../etc/passwd"}}`, nil},
		"a switch on no day":      {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"bias":480,"standardOffset":{"month":11,"dayOccurrence":1,"dayOfWeek":"someday","time":"02:00:00"},"daylightOffset":{"month":3,"dayOccurrence":1,"dayOfWeek":"sunday","time":"02:00:00","daylightBias":-60}}}`, nil},
		"an impossible bias":      {`{"daysOfWeek":["monday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"bias":99999}}`, nil},
		"an unknown day":          {`{"daysOfWeek":["monday","funday"],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"name":"UTC"}}`, nil},
		"no days":                 {`{"daysOfWeek":[],"startTime":"08:00:00","endTime":"17:00:00","timeZone":{"name":"UTC"}}`, nil},
		"they end too early":      {`{"daysOfWeek":["monday"],"startTime":"18:00:00","endTime":"17:00:00","timeZone":{"name":"UTC"}}`, nil},
		"no time":                 {`{"daysOfWeek":["monday"],"startTime":"","endTime":"17:00:00","timeZone":{"name":"UTC"}}`, nil},
		"none":                    {`null`, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var told *workingHours
			if err := json.Unmarshal([]byte(tt.told), &told); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, told.read(at(0, 0))); diff != "" {
				t.Errorf("the hours differ (-want +got):\n%s", diff)
			}
		})
	}
}
