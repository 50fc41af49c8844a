package freebusy

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// WindowsLocation finds what Windows calls, for instance, "China Standard Time"
// in the tz database. Windows keeps these names in its registry, where case does
// not matter.
func WindowsLocation(id string) (*time.Location, error) {
	id = strings.TrimSpace(id)
	if name, known := WindowsZone(id); known {
		return time.LoadLocation(name)
	}
	for known, name := range windowsZones {
		if strings.EqualFold(known, id) {
			return time.LoadLocation(name)
		}
	}
	return nil, fmt.Errorf("no Windows zone is called %.100q", id)
}

// Location finds a zone by its name in the tz database or in Windows. "Local" is
// that of the machine.
func Location(name string) (*time.Location, error) {
	name = strings.TrimSpace(name)
	if name == "" {
		return nil, errors.New("a time zone has a name")
	}
	if loc, err := time.LoadLocation(name); err == nil {
		return loc, nil
	}
	loc, err := WindowsLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%.100q is no zone, such as Asia/Shanghai or China Standard Time", name)
	}
	return loc, nil
}

// WindowsZone is the name in the tz database of what Windows calls id, in this
// case and no other.
func WindowsZone(id string) (name string, known bool) {
	name, known = windowsZones[id]
	return name, known
}
