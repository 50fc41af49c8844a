package config

import (
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Path names a file or directory. In the file it may be relative to the
// directory of that file; once read it is absolute where that directory is.
// The empty value is none.
type Path string

// UnmarshalYAML implements [yaml.Unmarshaler]. It leaves the path as written.
func (p *Path) UnmarshalYAML(n *yaml.Node) error {
	if strings.ContainsRune(n.Value, 0) {
		return &mistake{"not a path", ""}
	}
	*p = Path(n.Value)
	return nil
}

func (p *Path) resolve(o Options) error {
	if *p != "" {
		*p = Path(o.path(string(*p)))
	}
	return nil
}

// path is the path of a file that is named in the configuration.
func (o Options) path(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(o.Dir, name)
}
