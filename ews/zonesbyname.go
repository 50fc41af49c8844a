package ews

import (
	"sync"
	"time"

	"availproxy/freebusy"
)

// zonesByName remembers the locations of those Windows zones that were asked
// for: to find one means to read a file. There are no more of them than Windows
// has. Its zero value is ready.
type zonesByName struct {
	mu    sync.RWMutex // guards found
	found map[string]*time.Location
}

// location is nil for a name that Windows does not have, or not in this case.
func (z *zonesByName) location(windowsName []byte) *time.Location {
	name, known := freebusy.WindowsZone(string(windowsName))
	if !known {
		return nil
	}
	z.mu.RLock()
	location := z.found[name]
	z.mu.RUnlock()
	if location == nil {
		location = z.find(name)
	}
	return location
}

func (z *zonesByName) find(name string) *time.Location {
	location, err := time.LoadLocation(name)
	if err != nil {
		return nil
	}
	z.mu.Lock()
	defer z.mu.Unlock()
	if z.found == nil {
		z.found = map[string]*time.Location{}
	}
	z.found[name] = location
	return location
}
