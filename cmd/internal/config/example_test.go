package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.yaml.in/yaml/v4"
)

// toLookAt reads a file with everything in it, for what it says alone.
var toLookAt = Options{Dir: "testdata", SkipFiles: true, AllowUnavailable: true}

// same compares configurations by value, not by where the values stand.
var same = cmp.Options{
	cmpopts.IgnoreUnexported(Config{}),
	cmpopts.IgnoreFields(Config{}, "Warnings"),
	cmp.Comparer(func(a, b Prefix) bool { return a == b }),
}

func TestTheExampleSaysWhatTheContractSays(t *testing.T) {
	want, err := Parse("design.yaml", readFile(t, "testdata/design.yaml"), toLookAt)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse("example.yaml", Example(), toLookAt)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("the example differs from the contract (-contract +example):\n%s", diff)
	}
}

func TestTheExampleExplainsEveryKey(t *testing.T) {
	explained := descriptions()
	eachSection(reflect.TypeFor[Config](), func(section reflect.Type, f field) {
		if section == reflect.TypeFor[CloudOverrides]() {
			if key := explained[fieldOf{reflect.TypeFor[Config](), "Clouds"}]; !strings.Contains(key, f.name) {
				t.Errorf("the comment on clouds does not name %s", f.name)
			}
			return
		}
		comment := explained[fieldOf{owner(section, f), f.goName}]
		if comment == "" {
			t.Errorf("%s of %s has no comment, or is missing", f.name, section.Name())
		}
		if f.standard != "" && !strings.Contains(comment, f.standard) && !strings.Contains(comment, "This is the default") {
			t.Errorf("the comment on %s of %s does not name the default %s: %s", f.name, section.Name(), f.standard, comment)
		}
		if w, ok := reflect.Zero(f.typ).Interface().(word); ok && section != reflect.TypeFor[TLS]() {
			for _, text := range w.words() {
				if !strings.Contains(comment, text) {
					t.Errorf("the comment on %s of %s does not name the word %s", f.name, section.Name(), text)
				}
			}
		}
	})
}

// eachSection calls see for every key of every section below t.
func eachSection(t reflect.Type, see func(reflect.Type, field)) {
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || !isSection(t) || seen[t] {
			return
		}
		seen[t] = true
		for _, f := range fieldsOf(t) {
			see(t, f)
			walk(f.typ)
		}
	}
	walk(t)
}

func TestEveryDefaultCanBeRead(t *testing.T) {
	eachSection(reflect.TypeFor[Config](), func(section reflect.Type, f field) {
		v := reflect.New(f.typ).Elem()
		if f.standard == "" {
			return
		}
		if err := setScalar(&yaml.Node{Kind: yaml.ScalarNode, Value: f.standard}, v); err != nil {
			t.Errorf("the default of %s of %s: %v", f.name, section.Name(), err)
		}
	})
}

// Where a key has a single default, the contract shows it.
func TestDefaultsAreThoseOfTheContract(t *testing.T) {
	var contract struct {
		Listen     string
		TLS        struct{ Profile string }
		Admin      map[string]any
		Timeouts   map[string]any
		Cache      map[string]any
		Connectors []map[string]any `yaml:"intra_organization_connectors"`
	}
	if err := yaml.Load(readFile(t, "testdata/design.yaml"), &contract); err != nil {
		t.Fatal(err)
	}
	check := func(section reflect.Type, shown map[string]any, examples ...string) {
		for _, f := range fieldsOf(section) {
			value, isScalar := shown[f.name].(string)
			if number, ok := shown[f.name].(int); ok {
				value, isScalar = text(reflect.ValueOf(number)), true
			}
			if isScalar && value != f.standard && !strings.Contains(strings.Join(examples, " "), f.name) {
				t.Errorf("%s of %s is %q by default, the contract shows %q", f.name, section.Name(), f.standard, value)
			}
		}
	}
	check(reflect.TypeFor[Config](), map[string]any{"listen": contract.Listen})
	check(reflect.TypeFor[TLS](), map[string]any{"profile": contract.TLS.Profile})
	check(reflect.TypeFor[Admin](), contract.Admin)
	check(reflect.TypeFor[Timeouts](), contract.Timeouts)
	check(reflect.TypeFor[Cache](), contract.Cache)
	check(reflect.TypeFor[IntraOrganizationConnector](), contract.Connectors[0], "name", "cloud", "discovery_endpoint", "auth_server")
}

func TestTheExampleSaysWhatIsNotAvailable(t *testing.T) {
	example := string(Example())
	for _, want := range []string{
		"  # (not available in this version)\n  oauth: {}\n",
		"    # (in this version only oauth)\n    authentication: oauth\n",
	} {
		if !strings.Contains(example, want) {
			t.Errorf("the example does not contain\n%s", want)
		}
	}
	noted := len(availability())
	if got := strings.Count(example, "in this version"); got != noted || got < len(laterKeys)/2 {
		t.Errorf("%d notes in the example, want %d", got, noted)
	}
}

func TestEveryLaterKeyExists(t *testing.T) {
	exists := map[string]bool{}
	var walk func(key string, t reflect.Type)
	walk = func(key string, t reflect.Type) {
		exists[key] = true
		switch {
		case t.Kind() == reflect.Slice:
			walk(key+"[]", t.Elem())
		case isSection(t):
			for _, f := range fieldsOf(t) {
				walk(below(key, f.name), f.typ)
			}
		}
	}
	walk("", reflect.TypeFor[Config]())
	for _, later := range laterKeys {
		if !exists[later] {
			t.Errorf("there is no key %s", later)
		}
	}
}

func TestTheSchemaKnowsTheExample(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema schemaNode
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"testdata/design.yaml", "testdata/good/production.yaml", "testdata/good/staging.yaml"} {
		input, _, _ := strings.Cut(string(readFile(t, file)), dashes)
		var document any
		if err := yaml.Load([]byte(input), &document); err != nil {
			t.Fatal(err)
		}
		schema.check(t, schema.Defs, file, document)
	}
	var document map[string]any
	if err := yaml.Load(Example(), &document); err != nil {
		t.Fatal(err)
	}
	schema.check(t, schema.Defs, "example", document)
}

func TestTheSchemaExplainsAndGivesDefaults(t *testing.T) {
	data, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var schema schemaNode
	if err := json.Unmarshal(data, &schema); err != nil {
		t.Fatal(err)
	}
	timeout := schema.Defs["IntraOrganizationConnector"].Properties["timeout"]
	if timeout == nil || timeout.Default != "8s" || !strings.HasPrefix(timeout.Description, "How long one request may take.") {
		t.Errorf("the schema of timeout is %+v", timeout)
	}
}
