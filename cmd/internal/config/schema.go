package config

import (
	"encoding/json"
	"reflect"
	"strconv"

	"github.com/invopop/jsonschema"
)

// Schema is a JSON Schema of the configuration file, for editors: with
// "# yaml-language-server: $schema=FILE" on its first line a file is completed
// and explained while it is written. It knows keys, types and words; what only
// [Parse] knows it lets pass.
func Schema() ([]byte, error) {
	comments := descriptions()
	reflector := jsonschema.Reflector{
		Anonymous:                  true,
		FieldNameTag:               "yaml",
		RequiredFromJSONSchemaTags: true,
		Mapper:                     scalarSchema,
		LookupComment: func(t reflect.Type, goName string) string {
			return comments[fieldOf{t, goName}]
		},
	}
	schema := reflector.ReflectFromType(reflect.TypeFor[Config]())
	schema.Title = "availproxy configuration"
	addDefaults(schema.Definitions, reflect.TypeFor[Config](), map[reflect.Type]bool{})
	return json.MarshalIndent(schema, "", "  ")
}

// patterns are the forms of scalars that have one.
var patterns = map[reflect.Type]string{
	reflect.TypeFor[Duration]():  `^([0-9]+d)?([0-9.]+(h|m|s|ms|us|ns))*$`,
	reflect.TypeFor[Secret]():    `^$|^(file|env|credential):.+`,
	reflect.TypeFor[URL]():       `^$|^https?://`,
	reflect.TypeFor[Listen]():    `^$|^.*:[0-9]+$`,
	reflect.TypeFor[HostPort]():  `^.+:[0-9]+$`,
	reflect.TypeFor[Prefix]():    `^[0-9a-fA-F.:]+/[0-9]+$`,
	reflect.TypeFor[Domain]():    `^(\*\.)?[^*@]+$`,
	reflect.TypeFor[Principal](): `^[^*]+$`,
	reflect.TypeFor[Date]():      `^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$`,
	reflect.TypeFor[Time]():      `^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}T`,
	reflect.TypeFor[GUID]():      `^$|` + guid.String(),
}

// scalarSchema is the schema of a single value; nil leaves t to the reflector.
func scalarSchema(t reflect.Type) *jsonschema.Schema {
	if w, ok := reflect.Zero(t).Interface().(word); ok {
		s := &jsonschema.Schema{Type: "string"}
		for _, text := range w.words() {
			s.Enum = append(s.Enum, text)
		}
		return s
	}
	if t == reflect.TypeFor[ByteSize]() {
		return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
			{Type: "integer", Minimum: "0"}, {Type: "string", Pattern: `^[0-9]+([KMG]iB|B)?$`},
		}}
	}
	if pattern, found := patterns[t]; found {
		return &jsonschema.Schema{Type: "string", Pattern: pattern}
	}
	if t.Kind() == reflect.String {
		return &jsonschema.Schema{Type: "string"}
	}
	return nil
}

// addDefaults tells what stands for an absent key, in the definition of t and
// of the sections in it.
func addDefaults(definitions jsonschema.Definitions, t reflect.Type, done map[reflect.Type]bool) {
	for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() == reflect.Interface || !isSection(t) || done[t] {
		return
	}
	done[t] = true
	for _, f := range fieldsOf(t) {
		addDefaults(definitions, f.typ, done)
		if property, found := definitions[t.Name()].Properties.Get(f.name); found && f.standard != "" {
			property.Default = defaultOf(f)
		}
	}
}

// defaultOf is the default of f in the type that YAML gives it.
func defaultOf(f field) any {
	switch f.typ.Kind() {
	case reflect.Bool:
		return f.standard == "true"
	case reflect.Int:
		number, err := strconv.Atoi(f.standard)
		if err == nil {
			return number
		}
	}
	return f.standard
}
