package soap

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/beevik/etree"
)

// The namespaces of an envelope.
const (
	Envelope11 = "http://schemas.xmlsoap.org/soap/envelope/"
	Envelope12 = "http://www.w3.org/2003/05/soap-envelope"
)

// Limits bound what Read accepts. A zero field is no limit.
type Limits struct {
	Bytes    int64 // of the whole document
	Depth    int   // of nested elements
	Elements int   // in the whole document
}

// Message is an envelope that has been read.
type Message struct {
	Namespace string           // of the envelope: Envelope11 or Envelope12
	Header    []*etree.Element // children of the Header; none when there is no Header
	Body      *etree.Element   // first child element of the Body, nil when it is empty
}

// Errors that Read gives, wrapped with the place in the document where one is
// known.
var (
	ErrTooBig    = errors.New("the document is too big")
	ErrTooDeep   = errors.New("the document is nested too deeply")
	ErrDoctype   = errors.New("the document has a DOCTYPE, which SOAP 1.1 section 3 forbids")
	ErrMalformed = errors.New("the document is not well-formed XML")
	ErrNoMessage = errors.New("the document is not a SOAP envelope")
)

// Read reads one message from r to its end. It accepts a byte order mark and a
// document without XML declaration, and refuses a DOCTYPE, a second root
// element, anything but UTF-8 and whatever passes the limits.
func Read(r io.Reader, l Limits) (*Message, error) {
	data, err := readAll(r, l.Bytes)
	if err != nil {
		return nil, err
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if err := check(data, l); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return message(doc.Root())
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	if limit == 0 {
		return io.ReadAll(r)
	}
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = ErrTooBig
	}
	return data, err
}

// check walks the tokens once before a tree is built of them, so that a hostile
// document costs no more than its own bytes.
func check(data []byte, l Limits) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	depth, elements, roots := 0, 0, 0
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		switch token := token.(type) {
		case xml.Directive:
			return ErrDoctype
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
			elements++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(token)) > 0 {
				return fmt.Errorf("%w: text outside the root element", ErrMalformed)
			}
		}
		if l.Depth > 0 && depth > l.Depth || l.Elements > 0 && elements > l.Elements {
			line, column := d.InputPos()
			return fmt.Errorf("%w (line %d, column %d)", ErrTooDeep, line, column)
		}
	}
	if roots != 1 {
		return fmt.Errorf("%w: %d root elements", ErrMalformed, roots)
	}
	return nil
}

func message(root *etree.Element) (*Message, error) {
	m := &Message{Namespace: root.NamespaceURI()}
	if root.Tag != "Envelope" || m.Namespace != Envelope11 && m.Namespace != Envelope12 {
		return nil, fmt.Errorf("%w: the root element is %s in namespace %q", ErrNoMessage, root.Tag, m.Namespace)
	}
	if header := Child(root, m.Namespace, "Header"); header != nil {
		m.Header = header.ChildElements()
	}
	body := Child(root, m.Namespace, "Body")
	if body == nil {
		return nil, fmt.Errorf("%w: there is no Body", ErrNoMessage)
	}
	if children := body.ChildElements(); len(children) > 0 {
		m.Body = children[0]
	}
	return m, nil
}
