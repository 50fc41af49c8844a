package explain

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"availproxy/freebusy"
)

//go:embed catalogue/*.yaml
var files embed.FS

// Catalogue is all causes that are known. It never changes and may be used from
// several goroutines.
type Catalogue struct {
	entries []*Entry
	byID    map[string]*Entry
}

// Load reads the catalogue of this program. The error is a fault of it.
func Load() (*Catalogue, error) { return load(files) }

func load(folder fs.FS) (*Catalogue, error) {
	names, err := fs.Glob(folder, "catalogue/*.yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{byID: map[string]*Entry{}}
	for _, name := range names {
		data, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, err
		}
		if err := c.add(data); err != nil {
			return nil, fmt.Errorf("explain: %s: %w", name, err)
		}
	}
	c.addOurs()
	if err := c.prepare(); err != nil {
		return nil, fmt.Errorf("explain: %w", err)
	}
	return c, nil
}

// add reads one file. A key that nobody knows is an error.
func (c *Catalogue) add(data []byte) error {
	var entries []*Entry
	if err := yaml.Load(data, &entries, yaml.WithKnownFields(true), yaml.WithUniqueKeys(true)); err != nil {
		return err
	}
	for _, e := range entries {
		if c.byID[e.ID] != nil {
			return fmt.Errorf("%s is there twice", e.ID)
		}
		c.byID[e.ID] = e
		c.entries = append(c.entries, e)
	}
	return nil
}

// addOurs gives the causes of our own failures the remedy and the signs that
// package freebusy has for them.
func (c *Catalogue) addOurs() {
	for cause, remedy := range freebusy.Causes() {
		if e := c.byID[string(cause)]; e != nil && e.Fix == "" {
			e.Fix = remedy
		}
	}
	consequences := freebusy.Consequences()
	for _, reason := range slices.Sorted(maps.Keys(consequences)) {
		c.addSign(consequences[reason].Cause, signOf(reason))
	}
	for _, code := range freebusy.Codes() {
		c.addSign(code.Cause(), Sign{Code: string(code)})
	}
}

func (c *Catalogue) addSign(cause freebusy.Cause, s Sign) {
	if e := c.byID[string(cause)]; e != nil && s != (Sign{}) {
		e.Signs = append(e.Signs, s)
	}
}

// signOf is how a reason shows in a text, or nothing where it does not.
func signOf(reason freebusy.Reason) Sign {
	text := string(reason)
	if number, ok := strings.CutPrefix(text, "AADSTS"); ok {
		n, _ := strconv.Atoi(number)
		return Sign{AADSTS: n}
	}
	if number, ok := strings.CutPrefix(text, "diagnostics "); ok {
		n, _ := strconv.Atoi(number) // 0 for a word, which no text shows in this form
		return Sign{Diagnostics: n}
	}
	if strings.HasPrefix(text, "Error") {
		return Sign{Code: text}
	}
	return Sign{}
}

// prepare compiles the patterns and says what is missing where.
func (c *Catalogue) prepare() error {
	var problems []error
	for _, e := range c.entries {
		for _, missing := range e.missing() {
			problems = append(problems, fmt.Errorf("%s has no %s", e.ID, missing))
		}
		e.named = whole(regexp.QuoteMeta(e.ID))
		for i := range e.Signs {
			if err := e.Signs[i].compile(); err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", e.ID, err))
			}
		}
	}
	return errors.Join(problems...)
}

func (e *Entry) missing() (what []string) {
	for name, empty := range map[string]bool{
		"id": e.ID == "", "title": e.Title == "", "why": e.Why == "", "fix": e.Fix == "", "commands": len(e.Commands) == 0,
		"signs": len(e.Signs) == 0, "symptoms": len(e.Outlook) == 0, "sources": len(e.Sources) == 0,
		"likelihood": !slices.Contains(likelihoods, e.Likelihood),
	} {
		if empty {
			what = append(what, name)
		}
	}
	slices.Sort(what)
	return what
}

// ByID returns the cause of that id.
func (c *Catalogue) ByID(id string) (*Entry, bool) {
	e, ok := c.byID[id]
	return e, ok
}

// All returns every cause, in the order of the catalogue.
func (c *Catalogue) All() []*Entry { return slices.Clone(c.entries) }
