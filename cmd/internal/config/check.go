package config

import (
	"fmt"
	"strings"
)

// checker looks for what is wrong although every value could be read: values
// out of range, values that contradict each other, files that are not there.
type checker struct {
	*Config
	options            Options
	problems, warnings []Problem
	spoiled            []string // keys about which nothing more need be said
}

func (c *checker) all() {
	if !c.options.AllowUnavailable {
		c.unavailable()
	}
	c.listeners()
	c.outbound()
	c.clouds()
	c.clients()
	c.domains()
	c.authConfig()
	c.authServers()
	c.connectors()
	c.cache()
}

// fail reports a mistake at key, unless that key, what holds it or what it
// holds has been reported before: one cause, one line.
func (c *checker) fail(key, message, hint string) {
	if c.isSpoiled(key) {
		return
	}
	c.spoiled = append(c.spoiled, key)
	c.problems = append(c.problems, c.problem(key, message, hint))
}

func (c *checker) warn(key, message, hint string) {
	if !c.isSpoiled(key) {
		c.warnings = append(c.warnings, c.problem(key, message, hint))
	}
}

func (c *checker) isSpoiled(key string) bool {
	for _, s := range c.spoiled {
		if s == key || holds(s, key) || holds(key, s) {
			return true
		}
	}
	return false
}

// holds reports whether the section or list at outer contains inner.
func holds(outer, inner string) bool {
	rest, found := strings.CutPrefix(inner, outer)
	return found && (outer == "" || strings.HasPrefix(rest, ".") || strings.HasPrefix(rest, "["))
}

// problem places a message at key, or where key would stand if it were given.
func (c *checker) problem(key, message, hint string) Problem {
	place, found := c.given[key]
	for at := key; !found; place, found = c.given[at] {
		at = parent(at)
	}
	return Problem{Line: place.line, Column: place.column, Key: key, Message: message, Hint: hint}
}

// line is where key stands, for hints that point to it.
func (c *checker) line(key string) int { return c.problem(key, "", "").Line }

func (c *checker) required(key, value, hint string) {
	if value == "" {
		c.fail(key, "is required", hint)
	}
}

func (c *checker) between(key string, value, least, most int) {
	if value < least || value > most {
		c.fail(key, fmt.Sprintf("%d is not between %d and %d", value, least, most), "")
	}
}

func (c *checker) positive(key string, value Duration) {
	if value <= 0 {
		c.fail(key, "must be longer than nothing", "")
	}
}

func (c *checker) secure(key string, u URL) {
	if u != "" && !u.Secure() {
		c.fail(key, "must be an https URL", "tokens and calendars never travel in the clear")
	}
}

// file checks that a file can be read; an empty path is none.
func (c *checker) file(key string, path Path) { c.readable(key, path, checkFile) }

// keyFile is file for one that others must not be able to read.
func (c *checker) keyFile(key string, path Path) { c.readable(key, path, checkKeyFile) }

func (c *checker) readable(key string, path Path, check func(string) *mistake) {
	if path == "" || c.options.SkipFiles {
		return
	}
	if m := check(string(path)); m != nil {
		c.fail(key, m.message, m.hint)
	}
}
