package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// decoder fills values from a tree of YAML nodes and goes on after a mistake.
// It takes the place of the library's own decoding, which knows neither
// columns nor what was meant.
type decoder struct {
	options  Options
	given    map[string]position // where each key that was seen stands
	problems []Problem
	spoiled  []string // keys about which nothing more need be said
}

// resolver is a value that looks at something outside the file.
type resolver interface{ resolve(Options) error }

// value reads n into v. A null leaves what is there, as if the key were absent.
func (d *decoder) value(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.ShortTag() == "!!null" {
		return
	}
	switch {
	case isSection(v.Type()):
		d.section(key, n, v)
	case v.Kind() == reflect.Slice:
		d.list(key, n, v)
	case v.Kind() == reflect.Map:
		d.table(key, n, v)
	default:
		d.scalar(key, n, v)
	}
}

func (d *decoder) section(key string, n *yaml.Node, v reflect.Value) {
	fields := map[string]field{}
	var names []string
	for _, f := range fieldsOf(v.Type()) {
		fields[f.name] = f
		names = append(names, f.name)
	}
	d.pairs(key, n, func(name, value *yaml.Node) {
		sub := below(key, name.Value)
		f, known := fields[name.Value]
		if !known {
			d.unknown(sub, name, names)
			return
		}
		d.note(sub, name, value)
		d.value(sub, value, v.FieldByIndex(f.index))
	})
}

// pairs calls each for the keys of a mapping, once where one is given twice.
func (d *decoder) pairs(key string, n *yaml.Node, each func(name, value *yaml.Node)) {
	if n.Kind != yaml.MappingNode {
		d.report(key, n, "needs keys, each with a value", "write {} for none")
		return
	}
	first := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name, value := n.Content[i], n.Content[i+1]
		if name.Kind != yaml.ScalarNode {
			d.report(key, name, "a key must be a word", `quote what begins with "{", "[" or "*"`)
			continue
		}
		if before := first[name.Value]; before != nil {
			d.report(below(key, name.Value), name, "given twice", fmt.Sprintf("the first is on line %d", before.Line))
			continue
		}
		first[name.Value] = name
		each(name, value)
	}
}

func (d *decoder) unknown(key string, name *yaml.Node, names []string) {
	d.report(key, name, "unknown key", didYouMean(name.Value, names...))
	if meant := closest(name.Value, names); meant != "" {
		d.spoiled = append(d.spoiled, below(parent(key), meant))
	}
}

func (d *decoder) list(key string, n *yaml.Node, v reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		hint := "write [] for none"
		if n.Kind == yaml.ScalarNode && n.Value != "" {
			hint = fmt.Sprintf("write [%s]", n.Value)
		}
		d.report(key, n, "needs a list", hint)
		return
	}
	for i, item := range n.Content {
		sub, value := element(key, i), newDefault(v.Type().Elem())
		d.note(sub, item, item)
		if isEmpty(item) {
			d.report(sub, item, "is empty", "remove it, or write [] for none")
			continue
		}
		d.value(sub, item, value)
		v.Set(reflect.Append(v, value))
	}
}

// table reads a mapping whose keys are values themselves.
func (d *decoder) table(key string, n *yaml.Node, v reflect.Value) {
	d.pairs(key, n, func(name, value *yaml.Node) {
		if v.IsNil() {
			v.Set(reflect.MakeMap(v.Type()))
		}
		sub := below(key, name.Value)
		d.note(sub, name, value)
		if isEmpty(value) {
			d.report(sub, value, "is empty", "remove it, or write {} for none")
			return
		}
		k, e := reflect.New(v.Type().Key()).Elem(), newDefault(v.Type().Elem())
		d.scalar(sub, name, k)
		if e.Kind() != reflect.Interface {
			d.value(sub, value, e)
		}
		v.SetMapIndex(k, e)
	})
}

// isEmpty reports whether nothing, or the empty text, stands at n.
func isEmpty(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n.Kind == yaml.ScalarNode && (n.Value == "" || n.ShortTag() == "!!null")
}

func (d *decoder) scalar(key string, n *yaml.Node, v reflect.Value) {
	err := setScalar(n, v)
	if r, ok := v.Addr().Interface().(resolver); ok && err == nil {
		err = r.resolve(d.options)
	}
	if err == nil {
		return
	}
	if m, ok := err.(*mistake); ok {
		d.report(key, n, m.message, m.hint)
		return
	}
	d.report(key, n, err.Error(), "")
}

// setScalar reads a single value; every error is a *mistake.
func setScalar(n *yaml.Node, v reflect.Value) error {
	if n.Kind != yaml.ScalarNode {
		return &mistake{"needs a single value", ""}
	}
	switch target := v.Addr().Interface().(type) {
	case yaml.Unmarshaler:
		return target.UnmarshalYAML(n)
	case word:
		return setWord(n.Value, target.words(), v)
	}
	switch v.Kind() {
	case reflect.Bool:
		if n.Value != "true" && n.Value != "false" {
			return &mistake{fmt.Sprintf("%q is neither true nor false", n.Value), ""}
		}
		v.SetBool(n.Value == "true")
	case reflect.Int:
		number, err := strconv.ParseInt(n.Value, 10, 32)
		if err != nil {
			return &mistake{fmt.Sprintf("%q is not a whole number", n.Value), ""}
		}
		v.SetInt(number)
	default:
		v.SetString(n.Value)
	}
	return nil
}

func setWord(text string, words []string, v reflect.Value) error {
	for _, w := range words {
		if w == text {
			v.SetString(text)
			return nil
		}
	}
	message := fmt.Sprintf("%q is none of %s", text, strings.TrimPrefix(strings.Join(words, " | "), " | "))
	return &mistake{message, didYouMean(text, words...)}
}

// note remembers where a key stands: a single value at the value, so that an
// editor jumps there, anything larger at its name.
func (d *decoder) note(key string, name, value *yaml.Node) {
	at := name
	if value.Kind == yaml.ScalarNode {
		at = value
	}
	if _, noted := d.given[key]; !noted {
		d.given[key] = position{at.Line, at.Column}
	}
}

func (d *decoder) report(key string, n *yaml.Node, message, hint string) {
	d.spoiled = append(d.spoiled, key)
	d.problems = append(d.problems, Problem{Line: n.Line, Column: n.Column, Key: key, Message: message, Hint: hint})
}
