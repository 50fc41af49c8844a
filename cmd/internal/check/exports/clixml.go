package exports

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// cliReader reads CLIXML ([MS-PSRP] 2.2.5): values that stand for .NET objects,
// which may refer back to others, and type names, which may refer back as well.
type cliReader struct {
	decoder *xml.Decoder
	objects map[string]*value   // by RefId
	types   map[string][]string // by RefId of their TN
	typesOf map[*value][]string
}

// readCLIXML returns the objects at the top, and the type names of each.
func readCLIXML(data []byte) ([]*value, map[*value][]string, error) {
	r := &cliReader{
		decoder: xml.NewDecoder(bytes.NewReader(data)), objects: map[string]*value{},
		types: map[string][]string{}, typesOf: map[*value][]string{},
	}
	r.decoder.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil } // it is UTF-8 by now
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, nil, fmt.Errorf("it is no CLIXML: %w", err)
		}
		if start, ok := token.(xml.StartElement); ok {
			if start.Name.Local != "Objs" {
				return nil, nil, fmt.Errorf("it is no CLIXML: it begins with <%.40s>", start.Name.Local)
			}
			all, err := r.children(0)
			return all.list, r.typesOf, err
		}
	}
}

// children reads the elements up to the end of the one that is open, as a list.
func (r *cliReader) children(depth int) (*value, error) {
	all := &value{isList: true}
	err := r.each(func(start xml.StartElement) error {
		v, err := r.value(start, depth+1)
		all.list = append(all.list, v)
		return err
	})
	return all, err
}

// each calls do for every element up to the end of the one that is open; do
// reads it to its own end.
func (r *cliReader) each(do func(xml.StartElement) error) error {
	for {
		token, err := r.decoder.Token()
		switch t := token.(type) {
		case xml.StartElement:
			if err := do(t); err != nil {
				return err
			}
		case xml.EndElement:
			return nil
		}
		if err != nil {
			return fmt.Errorf("it is no CLIXML: %w", err)
		}
	}
}

func (r *cliReader) value(start xml.StartElement, depth int) (*value, error) {
	if depth > mostDepth {
		return nil, errTooDeep
	}
	switch start.Name.Local {
	case "Obj":
		return r.object(start, depth)
	case "Ref":
		v := r.objects[attribute(start, "RefId")]
		if v == nil {
			v = &value{}
		}
		return v, r.decoder.Skip()
	}
	text, err := r.text()
	return &value{text: text}, err
}

// object reads properties and, for what is a list or a dictionary, its elements.
func (r *cliReader) object(start xml.StartElement, depth int) (*value, error) {
	v := &value{}
	if id := attribute(start, "RefId"); id != "" {
		r.objects[id] = v // before its members, which may refer to it
	}
	return v, r.each(func(part xml.StartElement) (err error) {
		switch part.Name.Local {
		case "TN":
			r.typesOf[v], err = r.typeNames(part)
			return err
		case "TNRef":
			r.typesOf[v] = r.types[attribute(part, "RefId")]
			return r.decoder.Skip()
		case "Props", "MS":
			return r.members(v, depth)
		case "LST", "IE", "STK", "QUE":
			list, err := r.children(depth)
			v.isList, v.list = true, list.list
			return err
		case "DCT":
			return r.dictionary(v, depth)
		}
		text, err := r.text() // ToString, or the value of an enumeration, which comes after its name
		if v.text == "" {
			v.text = text
		}
		return err
	})
}

func (r *cliReader) members(v *value, depth int) error {
	return r.each(func(start xml.StartElement) error {
		name := strings.ToLower(unescape(attribute(start, "N")))
		member, err := r.value(start, depth+1)
		if err != nil {
			return err
		}
		if v.members == nil {
			v.members = map[string]*value{}
		}
		v.members[name] = member
		return nil
	})
}

// dictionary reads <En> pairs as members.
func (r *cliReader) dictionary(v *value, depth int) error {
	return r.each(func(xml.StartElement) error {
		pair := &value{}
		if err := r.members(pair, depth+1); err != nil {
			return err
		}
		if v.members == nil {
			v.members = map[string]*value{}
		}
		if key := pair.member("Key").String(); key != "" && pair.member("Value") != nil {
			v.members[strings.ToLower(key)] = pair.member("Value")
		}
		return nil
	})
}

func (r *cliReader) typeNames(start xml.StartElement) ([]string, error) {
	var names []string
	err := r.each(func(xml.StartElement) error {
		name, err := r.text()
		names = append(names, name)
		return err
	})
	r.types[attribute(start, "RefId")] = names
	return names, err
}

// text reads the characters of an element without children, to its end.
func (r *cliReader) text() (string, error) {
	var b strings.Builder
	for depth := 1; depth > 0; {
		token, err := r.decoder.Token()
		switch t := token.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.StartElement:
			depth++
		case xml.EndElement:
			depth--
		}
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", fmt.Errorf("it is no CLIXML: %w", err)
		}
	}
	return unescape(b.String()), nil
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// escaped is a UTF-16 code unit that XML could not hold ([MS-PSRP] 2.2.5.3.2).
var escaped = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_`)

func unescape(text string) string {
	return escaped.ReplaceAllStringFunc(text, func(unit string) string {
		n, _ := strconv.ParseUint(unit[2:6], 16, 16) // four hex digits
		return string(rune(n))
	})
}
