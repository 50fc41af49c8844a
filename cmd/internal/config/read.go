package config

import (
	"bytes"
	"cmp"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"

	"go.yaml.in/yaml/v4"
)

// Options say where Parse finds what the file refers to.
type Options struct {
	Dir    string              // where relative paths start; "" is the working directory
	Getenv func(string) string // for env: and credential:; nil is os.Getenv

	// AllowUnavailable accepts keys of later versions, and SkipFiles looks
	// at no other file and fetches no secret: both for looking at a file
	// without serving from it.
	AllowUnavailable, SkipFiles bool

	System string // that it is for, as in GOOS; "" is the one that we run on
}

// Read reads the configuration file at path, and the secrets that it refers to.
// The error is of type [Errors]; then there is no Config.
func Read(path string, getenv func(string) string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		m := fileMistake(path, err)
		return nil, Errors{{File: path, Message: m.message[len(path)+len(": "):]}}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Errors{{File: path, Message: err.Error()}}
	}
	return Parse(path, data, Options{Dir: dir, Getenv: getenv})
}

// Parse is [Read] for a file that is already in memory; name stands for it in
// problems.
func Parse(name string, data []byte, o Options) (*Config, error) {
	if o.Getenv == nil {
		o.Getenv = os.Getenv
	}
	o.System = cmp.Or(o.System, runtime.GOOS)
	root, problem := parseDocument(data)
	if problem != nil {
		problem.File = name
		return nil, Errors{*problem}
	}
	c := &Config{file: name}
	d := &decoder{options: o, given: map[string]position{"": {1, 1}}}
	v := reflect.ValueOf(c).Elem()
	setDefaults(v)
	d.value("", root, v)
	c.given = d.given
	c.derive()

	found := &checker{Config: c, options: o, problems: d.problems, spoiled: d.spoiled}
	found.all()
	for _, list := range [][]Problem{found.problems, found.warnings} {
		for i := range list {
			list[i].File = name
		}
	}
	if len(found.problems) > 0 {
		return nil, Errors(sorted(found.problems))
	}
	c.Warnings = sorted(found.warnings)
	return c, nil
}

// derive fills what an absent key takes from another one.
func (c *Config) derive() {
	if c.AuthConfig.Realm != "" {
		return
	}
	for _, d := range c.AcceptedDomains {
		if _, pattern := d.Suffix(); !pattern {
			c.AuthConfig.Realm = string(d)
			return
		}
	}
}

// parseDocument reads the one YAML document of the file. A file without any is
// an empty mapping.
func parseDocument(data []byte) (*yaml.Node, *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, syntaxProblem(data, err)
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case err == io.EOF:
		return &yaml.Node{Kind: yaml.MappingNode, Line: 1, Column: 1}, nil
	case err != nil:
		return nil, syntaxProblem(data, err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, &Problem{Line: second.Line, Column: second.Column, Message: "a second document begins here", Hint: `remove the line "---"`}
	case err != io.EOF:
		return nil, syntaxProblem(data, err)
	}
	return document.Content[0], nil
}
