package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// schemaNode is as much of JSON Schema as [Schema] writes.
type schemaNode struct {
	Ref                  string `json:"$ref"`
	Defs                 map[string]*schemaNode
	Type, Pattern        string
	Description          string
	Default              any
	Enum                 []any
	OneOf                []*schemaNode
	Items                *schemaNode
	Properties           map[string]*schemaNode
	AdditionalProperties json.RawMessage
}

// UnmarshalJSON reads "$defs", which the field name cannot spell.
func (s *schemaNode) UnmarshalJSON(data []byte) error {
	type plain schemaNode
	read := struct {
		*plain
		Defs map[string]*schemaNode `json:"$defs"`
	}{plain: (*plain)(s)}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	s.Defs = read.Defs
	return nil
}

// check reports what in the value at key s does not allow.
func (s *schemaNode) check(t *testing.T, defs map[string]*schemaNode, key string, value any) {
	t.Helper()
	if at, ok := value.(time.Time); ok {
		value = at.Format(time.RFC3339) // JSON has no times
	}
	if s.Ref != "" {
		s = defs[strings.TrimPrefix(s.Ref, "#/$defs/")]
	}
	if len(s.OneOf) > 0 {
		i := slices.IndexFunc(s.OneOf, func(o *schemaNode) bool { return o.Type == typeOf(value) })
		if i < 0 {
			t.Errorf("%s: %v is none of the alternatives", key, value)
			return
		}
		s = s.OneOf[i]
	}
	if got := typeOf(value); s.Type != "" && got != s.Type {
		t.Errorf("%s: %s, the schema wants %s", key, got, s.Type)
		return
	}
	if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(fmt.Sprint(value)) {
		t.Errorf("%s: %v does not match %s", key, value, s.Pattern)
	}
	if len(s.Enum) > 0 && !slices.Contains(s.Enum, value) {
		t.Errorf("%s: %v is none of %v", key, value, s.Enum)
	}
	switch value := value.(type) {
	case []any:
		for i, item := range value {
			s.Items.check(t, defs, element(key, i), item)
		}
	case map[string]any:
		s.checkProperties(t, defs, key, value)
	}
}

func (s *schemaNode) checkProperties(t *testing.T, defs map[string]*schemaNode, key string, value map[string]any) {
	t.Helper()
	for name, item := range value {
		property := s.Properties[name]
		if property == nil && string(s.AdditionalProperties) != "false" {
			property = &schemaNode{}
			if len(s.AdditionalProperties) > 0 {
				if err := json.Unmarshal(s.AdditionalProperties, property); err != nil {
					t.Fatal(err)
				}
			}
		}
		if property == nil {
			t.Errorf("%s: the schema does not know the key %s", key, name)
			continue
		}
		property.check(t, defs, below(key, name), item)
	}
}

func typeOf(value any) string {
	switch value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case bool:
		return "boolean"
	case int:
		return "integer"
	case string:
		return "string"
	}
	return fmt.Sprintf("%T", value)
}
