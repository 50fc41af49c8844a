package config

import (
	"reflect"
	"slices"
)

// written are the paths to which we write: they change because we change them.
var written = []string{"state_directory", "cache.snapshot.file"}

// Files lists the files that the configuration names for us to read, besides
// itself: when one of them changes, a reload is due. Empty paths are left out.
func (c *Config) Files() []string {
	var files []string
	v := reflect.ValueOf(c).Elem()
	visit("", v, newDefault(v.Type()), func(key string, v, _ reflect.Value) {
		path, ok := v.Interface().(Path)
		if ok && path != "" && !slices.Contains(written, key) {
			files = append(files, string(path))
		}
	})
	return files
}
