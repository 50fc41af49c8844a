package config

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
)

// field is one key of a struct: the tags "yaml" and "default" of the field
// behind it.
type field struct {
	name     string
	standard string // what stands for an absent key; "" for the zero value
	goName   string
	index    []int
	typ      reflect.Type
}

// fieldsOf lists the keys of a struct in order, those of embedded structs in
// their place.
func fieldsOf(t reflect.Type) []field {
	var fields []field
	for _, f := range reflect.VisibleFields(t) {
		name := f.Tag.Get("yaml")
		if f.Anonymous || !f.IsExported() || name == "-" {
			continue
		}
		fields = append(fields, field{name, f.Tag.Get("default"), f.Name, f.Index, f.Type})
	}
	return fields
}

// setDefaults fills a struct, and the structs in it, with what stands for
// absent keys.
func setDefaults(v reflect.Value) {
	for _, f := range fieldsOf(v.Type()) {
		value := v.FieldByIndex(f.index)
		switch {
		case f.standard != "":
			setScalar(&yaml.Node{Kind: yaml.ScalarNode, Value: f.standard}, value) // no default fails: a test reads them all
		case isSection(f.typ):
			setDefaults(value)
		}
	}
}

// newDefault is a value of type t with defaults where it is a struct.
func newDefault(t reflect.Type) reflect.Value {
	v := reflect.New(t).Elem()
	if isSection(t) {
		setDefaults(v)
	}
	return v
}

// isSection reports whether a value of type t is a mapping with keys of its
// own, rather than one value.
func isSection(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(reflect.TypeFor[yaml.Unmarshaler]())
}

// visit calls see for every key below v, each with the value that it has by
// default, sections and lists before what they hold.
func visit(key string, v, standard reflect.Value, see func(key string, v, standard reflect.Value)) {
	switch {
	case isSection(v.Type()):
		for _, f := range fieldsOf(v.Type()) {
			sub, value, normal := below(key, f.name), v.FieldByIndex(f.index), standard.FieldByIndex(f.index)
			see(sub, value, normal)
			visit(sub, value, normal, see)
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			sub, normal := element(key, i), newDefault(v.Type().Elem())
			see(sub, v.Index(i), normal)
			visit(sub, v.Index(i), normal, see)
		}
	}
}

// below is the path of a key in the section at key.
func below(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

// element is the path of an element in the list at key.
func element(key string, i int) string { return fmt.Sprintf("%s[%d]", key, i) }

// parent is the path of what holds key; "" for the file.
func parent(key string) string { return key[:max(0, strings.LastIndexAny(key, ".["))] }

var index = regexp.MustCompile(`\[\d+\]`)

// general is the path of a key in any element of its list:
// "auth_servers[].name".
func general(key string) string { return index.ReplaceAllString(key, "[]") }
