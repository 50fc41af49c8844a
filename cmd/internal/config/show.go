package config

import (
	"cmp"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v4"
)

// Show writes the configuration as it is in effect, every key of it, as YAML:
// paths absolute, secrets as "(secret)". With origin, a comment behind each
// value says where it comes from: "default", or file and line.
func (c *Config) Show(origin bool) ([]byte, error) {
	s := shower{Config: c, origin: origin}
	return yaml.Dump(s.node("", reflect.ValueOf(c).Elem()))
}

type shower struct {
	*Config
	origin bool
}

func (s shower) node(key string, v reflect.Value) *yaml.Node {
	switch {
	case isSection(v.Type()):
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, f := range fieldsOf(v.Type()) {
			s.add(n, key, f.name, v.FieldByIndex(f.index))
		}
		return n
	case v.Kind() == reflect.Map:
		n := &yaml.Node{Kind: yaml.MappingNode}
		for _, k := range sortedKeys(v) {
			s.add(n, key, k.String(), v.MapIndex(k))
		}
		return n
	case v.Kind() == reflect.Slice:
		n := &yaml.Node{Kind: yaml.SequenceNode}
		for i := range v.Len() {
			n.Content = append(n.Content, s.node(element(key, i), v.Index(i)))
		}
		return n
	}
	n := &yaml.Node{Kind: yaml.ScalarNode, Value: text(v)}
	if n.Value == "" || v.Kind() == reflect.String && n.ShortTag() != "!!str" {
		n.Style = yaml.DoubleQuotedStyle
	}
	s.explain(key, n)
	return n
}

func (s shower) add(n *yaml.Node, key, name string, v reflect.Value) {
	value := s.node(below(key, name), v)
	if value.Kind != yaml.ScalarNode && len(value.Content) == 0 {
		value.Style = yaml.FlowStyle
		s.explain(below(key, name), value)
	}
	n.Content = append(n.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: name}, value)
}

// explain says behind n where its value comes from.
func (s shower) explain(key string, n *yaml.Node) {
	if !s.origin {
		return
	}
	n.LineComment = "# default"
	if at, given := s.given[key]; given {
		n.LineComment = fmt.Sprintf("# %s:%d", filepath.Base(s.file), at.line)
	}
}

// text is a single value in the spelling of the file, a secret never.
func text(v reflect.Value) string {
	if s, ok := v.Interface().(fmt.Stringer); ok {
		return s.String()
	}
	switch v.Kind() {
	case reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case reflect.Int:
		return strconv.FormatInt(v.Int(), 10)
	case reflect.String:
		return v.String()
	}
	return "" // sections and lists have no text
}

func sortedKeys(v reflect.Value) []reflect.Value {
	return slices.SortedFunc(slices.Values(v.MapKeys()), func(a, b reflect.Value) int {
		return cmp.Compare(a.String(), b.String())
	})
}
