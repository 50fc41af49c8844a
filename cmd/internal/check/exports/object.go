package exports

import (
	"strings"
	"time"
)

// Object is one object that a cmdlet has put out.
type Object struct {
	File string // base name of where it stood, for people

	props *value
	types []string // .NET type names, the most specific first; none in JSON
}

// Has reports whether the object has that property, whatever it holds.
func (o Object) Has(property string) bool { return o.props.member(property) != nil }

// Text is a property as a word, "" where it is missing, empty or no word.
func (o Object) Text(property string) string {
	return strings.TrimSpace(o.props.member(property).String())
}

// List is a property with several values; a single one is a list of one.
func (o Object) List(property string) []string {
	var all []string
	for _, e := range o.props.member(property).elements() {
		if text := strings.TrimSpace(e.String()); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// True reports whether a property says true, in any case.
func (o Object) True(property string) bool { return strings.EqualFold(o.Text(property), "true") }

// False reports whether a property says false. A missing one says neither.
func (o Object) False(property string) bool { return strings.EqualFold(o.Text(property), "false") }

// Time is a property that is a date, or the zero time.
func (o Object) Time(property string) time.Time { return o.props.member(property).moment() }

// Name is what people call the object.
func (o Object) Name() string {
	for _, property := range []string{"Name", "Identity", "ForestName", "Thumbprint"} {
		if text := o.Text(property); text != "" {
			return text
		}
	}
	return o.File
}
