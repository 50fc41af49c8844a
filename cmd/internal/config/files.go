package config

import "reflect"

// Files lists the files that the configuration names, besides itself: when one
// of them changes, a reload is due. Directories and empty paths are left out.
func (c *Config) Files() []string {
	var files []string
	v := reflect.ValueOf(c).Elem()
	visit("", v, newDefault(v.Type()), func(key string, v, _ reflect.Value) {
		path, ok := v.Interface().(Path)
		if ok && path != "" && key != "state_directory" {
			files = append(files, string(path))
		}
	})
	return files
}
