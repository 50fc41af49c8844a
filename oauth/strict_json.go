package oauth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// strictObject reads data as one JSON object and refuses what two readers could
// understand differently: a name that stands twice in the same object, in any
// case, a name that is not ASCII (case folding reaches beyond it), invalid
// UTF-8, and anything behind the object. encoding/json takes the last of
// {"iss":"good","ISS":"evil"}.
func strictObject(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return nil, errors.New("it is no JSON object")
	}
	if err := uniqueNames(d); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the JSON object")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, errors.New("it is no JSON object")
	}
	return object, nil
}

const maxNesting = 8

// level is an object or an array that is being read.
type level struct {
	names  map[string]bool // lower case; nil in an array
	inName bool            // in an object: a name is due next
}

// uniqueNames reads to the end of the object that has just been opened.
func uniqueNames(d *json.Decoder) error {
	open := []*level{{names: map[string]bool{}, inName: true}}
	for len(open) > 0 {
		token, err := d.Token()
		if err != nil {
			return errors.New("it is no JSON object")
		}
		top := open[len(open)-1]
		switch token := token.(type) {
		case json.Delim:
			switch token {
			case '{':
				open = append(open, &level{names: map[string]bool{}})
			case '[':
				open = append(open, &level{})
			default:
				open = open[:len(open)-1]
			}
		case string:
			if top.inName {
				if err := top.take(token); err != nil {
					return err
				}
			}
		}
		if len(open) > maxNesting {
			return errors.New("it is nested too deeply")
		}
		if len(open) > 0 {
			open[len(open)-1].step()
		}
	}
	return nil
}

// step moves on from a name to its value or from a value to the next name. An
// object or array that was just opened starts with a name; for an object, step
// is what makes it so.
func (l *level) step() {
	l.inName = l.names != nil && !l.inName
}

func (l *level) take(name string) error {
	if strings.ContainsFunc(name, notVisible) {
		return fmt.Errorf("it has the name %q", printable(name))
	}
	folded := strings.ToLower(name)
	if l.names[folded] {
		return fmt.Errorf("it has the name %q twice", printable(name))
	}
	l.names[folded] = true
	return nil
}
