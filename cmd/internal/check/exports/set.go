package exports

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Side is whose Exchange put something out.
type Side string

// The sides.
const (
	OnPremises Side = "on-premises"
	Online     Side = "Exchange Online"
)

// Set is all that was exported.
type Set struct {
	outputs map[output][]Object
	Files   []string // base names of what was read, sorted
}

// output names what one cmdlet said on one side.
type output struct {
	side   Side
	cmdlet string // without Get-, in lower case
}

// Of returns the objects that Get-<noun> put out on that side.
func (s Set) Of(side Side, noun string) []Object {
	return s.outputs[output{side, strings.ToLower(noun)}]
}

// Has reports whether Get-<noun> was exported on that side, even if it put out
// nothing.
func (s Set) Has(side Side, noun string) bool {
	_, ok := s.outputs[output{side, strings.ToLower(noun)}]
	return ok
}

const mostBytes = 64 << 20 // of one file

// Read reads files, and all .xml, .clixml and .json files below folders. What
// can be read is returned also when something else cannot; the error names each
// file that is not what it should be.
func Read(paths []string) (Set, error) {
	s := Set{outputs: map[output][]Object{}}
	var failed []error
	for _, path := range paths {
		files, err := filesBelow(path)
		failed = append(failed, err)
		for _, file := range files {
			if err := s.add(file); err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", file, err))
			}
		}
	}
	slices.Sort(s.Files)
	return s, errors.Join(failed...)
}

func filesBelow(path string) (files []string, err error) {
	err = filepath.WalkDir(path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		extension := strings.ToLower(filepath.Ext(name))
		if name == path || slices.Contains([]string{".xml", ".clixml", ".json"}, extension) {
			files = append(files, name)
		}
		return nil
	})
	return files, err
}

func (s *Set) add(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err != nil {
		return err
	}
	if len(data) > mostBytes {
		return fmt.Errorf("it has more than %d MiB", mostBytes>>20)
	}
	if err := s.parse(path, data); err != nil {
		return err
	}
	s.Files = append(s.Files, filepath.Base(path))
	return nil
}

// cmdletName finds the cmdlet in a file name or in the name of a JSON member. The
// prefix of EXO cmdlets that FreeBusyChecker's users know is left out.
var cmdletName = regexp.MustCompile(`(?i)get-(?:EO)?([a-z]+)`)

// parse reads the content of the file that is called path.
func (s *Set) parse(path string, data []byte) error {
	data = utf8Of(data)
	values, types, err := parseDocument(data)
	if err != nil {
		return err
	}
	base := filepath.Base(path)
	if several(values) {
		for name, v := range values[0].members {
			noun := cmdletName.FindStringSubmatch(name)[1]
			s.keep(path, noun, objects(base, v.elements(), nil))
		}
		return nil
	}
	all := objects(base, values, types)
	noun := ""
	if found := cmdletName.FindStringSubmatch(base); found != nil {
		noun = found[1]
	} else if len(all) > 0 && len(all[0].types) > 0 {
		noun = nounOf(all[0].types[0])
	}
	if noun == "" {
		return errors.New("what it is cannot be told: name the file after its cmdlet, such as onpremises-Get-AuthConfig.json")
	}
	s.keep(path, noun, all)
	return nil
}

// several reports whether a document holds the output of cmdlets by their names.
func several(values []*value) bool {
	if len(values) != 1 || len(values[0].members) == 0 {
		return false
	}
	for name := range values[0].members {
		if !cmdletName.MatchString(name) {
			return false
		}
	}
	return true
}

func parseDocument(data []byte) ([]*value, map[*value][]string, error) {
	if text := strings.TrimSpace(string(data[:min(len(data), 512)])); strings.HasPrefix(text, "<") {
		return readCLIXML(data)
	}
	values, err := readJSON(data)
	return values, nil, err
}

// objects are the values that have properties. An array that went to
// Export-Clixml as one value is taken apart, but no array in it: a list may hold
// itself.
func objects(file string, values []*value, types map[*value][]string) []Object {
	var all []Object
	for _, v := range values {
		inside := []*value{v}
		if v.isList {
			inside = v.list
		}
		for _, o := range inside {
			if o.members != nil {
				all = append(all, Object{File: file, props: o, types: types[o]})
			}
		}
	}
	return all
}

func (s *Set) keep(path, noun string, all []Object) {
	o := output{sideOf(path, all), strings.ToLower(noun)}
	s.outputs[o] = append(s.outputs[o], all...)
}

// nounOf is the noun of the cmdlet that puts out objects of a .NET type, such as
// Deserialized.Microsoft.Exchange.Data.Directory.SystemConfiguration.ADWebServicesVirtualDirectory.
func nounOf(typeName string) string {
	name := typeName[strings.LastIndex(typeName, ".")+1:]
	if !strings.Contains(typeName, "Microsoft.Exchange.") {
		return ""
	}
	if rest, ok := strings.CutPrefix(name, "AD"); ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
		return rest
	}
	return name
}

var (
	onlineName     = regexp.MustCompile(`(?i)(^|[^a-z])(online|exo|cloud|target|eo)([^a-z]|$)|get-EO[A-Z]`)
	onPremisesName = regexp.MustCompile(`(?i)on-?prem`)
	hosted         = regexp.MustCompile(`(?i)\.outlook\.(com|cn)|Microsoft Exchange Hosted Organizations|\.office365\.us`)
)

// sideOf asks the name of the file, then that of its folder, then the objects
// themselves: those of Exchange Online live in hosted organizations.
func sideOf(path string, all []Object) Side {
	for _, name := range []string{filepath.Base(path), filepath.Base(filepath.Dir(path))} {
		switch {
		case onPremisesName.MatchString(name):
			return OnPremises
		case onlineName.MatchString(name):
			return Online
		}
	}
	for _, o := range all {
		for _, property := range []string{"OriginatingServer", "DistinguishedName", "OrganizationId"} {
			if hosted.MatchString(o.Text(property)) {
				return Online
			}
		}
	}
	return OnPremises
}
