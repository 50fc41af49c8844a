package admin

import (
	"fmt"
	"time"
)

// Notice is one thing that needs somebody's attention.
type Notice struct {
	Text string
	Link string // fragment of the part of the page about it; may be ""
}

// Attention is what is not well, the worst first; none of it is said twice.
func (s Status) Attention() []Notice {
	var all []Notice
	for _, reason := range s.NotReady {
		all = append(all, Notice{Text: "Not ready: " + reason})
	}
	if s.ReloadError != "" {
		all = append(all, Notice{Text: "The last reload failed and the configuration before it is in force: " + s.ReloadError})
	}
	for _, health := range []Health{Down, Trouble} {
		for _, f := range s.Forests {
			if f.Health == health {
				all = append(all, Notice{fmt.Sprintf("%s is %s: %s", f.Connector, f.Health, f.State), f.ID()})
			}
		}
	}
	for _, c := range s.Certificates {
		if c.Soon() {
			all = append(all, Notice{fmt.Sprintf("%s ends on %s: %s left", c.Role, c.NotAfter.UTC().Format(time.DateOnly), left(c.NotAfter)), "certificates"})
		}
	}
	for _, d := range s.Deadlines {
		if d.Soon {
			all = append(all, Notice{fmt.Sprintf("%s: %s left, until %s", d.What, left(d.At), d.At.UTC().Format(time.DateOnly)), "deadlines"})
		}
	}
	if n := len(s.Warnings); n > 0 {
		all = append(all, Notice{plural(n, "warning") + " about the configuration", "warnings"})
	}
	return all
}
