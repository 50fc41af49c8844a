package config

import (
	"bytes"
	_ "embed" // for example.yaml
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

//go:embed example.yaml
var exampleFile []byte

// Example is a complete configuration file in which every key is explained. A
// key that this version does not serve, or not with every value, says so.
func Example() []byte {
	notes := availability()
	var b bytes.Buffer
	number := 0
	for line := range bytes.Lines(exampleFile) {
		if number++; notes[number] != "" {
			indent := len(line) - len(bytes.TrimLeft(line, " "))
			fmt.Fprintf(&b, "%s# (%s)\n", line[:indent], notes[number])
		}
		b.Write(line)
	}
	return b.Bytes()
}

// availability says what this version does not serve, by lines of the example.
func availability() map[int]string {
	c, err := Parse("", exampleFile, Options{SkipFiles: true, AllowUnavailable: true})
	if err != nil {
		return nil // not reached: a test reads the example
	}
	notes := map[int]string{}
	v := reflect.ValueOf(c).Elem()
	visit("", v, newDefault(v.Type()), func(key string, _, standard reflect.Value) {
		at, given := c.given[key]
		switch only := text(standard); {
		case !given || !slices.Contains(laterKeys, general(key)):
		case only != "":
			notes[at.line] = "in this version only " + only
		default:
			notes[at.line] = notAvailable
		}
	})
	return notes
}

// descriptions are the comments of the example, by the struct and the Go field
// that they explain.
func descriptions() map[fieldOf]string {
	root, problem := parseDocument(exampleFile)
	if problem != nil {
		return nil // not reached: a test reads the example
	}
	found := map[fieldOf]string{}
	describe(root, reflect.TypeFor[Config](), found)
	return found
}

type fieldOf struct {
	section reflect.Type
	name    string // the Go name
}

func describe(n *yaml.Node, t reflect.Type, found map[fieldOf]string) {
	switch {
	case t.Kind() == reflect.Slice && n.Kind == yaml.SequenceNode:
		for _, item := range n.Content {
			describe(item, t.Elem(), found)
		}
	case isSection(t) && n.Kind == yaml.MappingNode:
		fields := map[string]field{}
		for _, f := range fieldsOf(t) {
			fields[f.name] = f
		}
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := n.Content[i], n.Content[i+1]
			f := fields[name.Value]
			at := fieldOf{owner(t, f), f.goName}
			comment := name.HeadComment
			if i == 0 && comment == "" {
				comment = n.HeadComment // the first key of a list element hands its comment up
			}
			if text := prose(comment); text != "" && found[at] == "" {
				found[at] = text
			}
			describe(value, f.typ, found)
		}
	}
}

// owner is the struct that declares f: t itself, or one embedded in it.
func owner(t reflect.Type, f field) reflect.Type {
	for _, i := range f.index[:len(f.index)-1] {
		t = t.Field(i).Type
	}
	return t
}

// prose is a comment as one line of text.
func prose(comment string) string {
	words := strings.Fields(strings.ReplaceAll("\n"+comment, "\n#", "\n"))
	return strings.Join(words, " ")
}
