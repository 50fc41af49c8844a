package exports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// mostDepth is how deep values may be nested. ConvertTo-Json goes to 100.
const mostDepth = 100

var errTooDeep = fmt.Errorf("it is nested deeper than %d levels", mostDepth)

// readJSON reads one document of ConvertTo-Json, or several after another.
func readJSON(data []byte) ([]*value, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var all []*value
	for {
		var document any
		err := d.Decode(&document)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, fmt.Errorf("it is no JSON: %w", err)
		}
		v, err := fromJSON(document, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, v.elementsOrSelf()...)
	}
}

// elementsOrSelf takes a list at the top for its elements.
func (v *value) elementsOrSelf() []*value {
	if v.isList {
		return v.list
	}
	return []*value{v}
}

func fromJSON(document any, depth int) (v *value, err error) {
	if depth > mostDepth {
		return nil, errTooDeep
	}
	switch d := document.(type) {
	case []any:
		v = &value{isList: true, list: make([]*value, len(d))}
		for i, element := range d {
			if v.list[i], err = fromJSON(element, depth+1); err != nil {
				return nil, err
			}
		}
		return v, nil
	case map[string]any:
		v = &value{members: make(map[string]*value, len(d))}
		for name, element := range d {
			if v.members[strings.ToLower(name)], err = fromJSON(element, depth+1); err != nil {
				return nil, err
			}
		}
		return v, nil
	case nil:
		return &value{}, nil
	}
	return &value{text: fmt.Sprint(document)}, nil
}
