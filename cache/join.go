package cache

import "availproxy/freebusy"

// join makes one of several calendars that follow on each other. It is fresh no
// longer than any of them.
func join(parts []held) (held, error) {
	var whole held
	calendars := make([]*freebusy.Calendar, len(parts))
	for i, p := range parts {
		calendars[i] = p.calendar
		whole.jitter = max(whole.jitter, p.jitter)
	}
	var err error
	whole.calendar, err = freebusy.Join(calendars)
	return whole, err
}

// sameServer reports whether all of parts were given by one server, so that
// they are about one mailbox.
func sameServer(parts []held) bool {
	for _, p := range parts {
		if p.calendar.Origin.URL != parts[0].calendar.Origin.URL || p.calendar.Origin.Connector != parts[0].calendar.Origin.Connector {
			return false
		}
	}
	return true
}
