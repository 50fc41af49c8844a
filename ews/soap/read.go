package soap

import (
	"bytes"
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

// Message is an envelope that has been read.
type Message struct {
	Namespace string           // of the envelope: Envelope11 or Envelope12
	Header    []*etree.Element // children of the Header; none when there is no Header
	Body      *etree.Element   // first child element of the Body, nil when it is empty

	root *etree.Element
	data []byte // what root was read from, for Position
}

// Errors that Read gives, wrapped with the place in the document where one is
// known.
var (
	ErrTooBig    = errors.New("the document is too big")
	ErrTooDeep   = errors.New("the document is nested too deeply or has too many parts")
	ErrDoctype   = errors.New("the document has a DOCTYPE, which SOAP 1.1 section 3 forbids")
	ErrMalformed = errors.New("the document is not well-formed XML")
	ErrNoMessage = errors.New("the document is not a SOAP envelope")
)

// Read reads one message from r to its end. It accepts a byte order mark and a
// document without XML declaration, and refuses a DOCTYPE, a second root
// element, anything but UTF-8 and whatever passes the limits.
func Read(r io.Reader, l Limits) (*Message, error) {
	data, err := ReadBytes(nil, r, 0, l)
	if err != nil {
		return nil, err
	}
	return Parse(data, l)
}

// ReadBytes reads a document from r to its end, or as much of one that is too big
// as Parse needs to see that, into room where that is enough. expected is how long
// it will be, or says nothing where it is not more than 0.
func ReadBytes(room []byte, r io.Reader, expected int64, l Limits) ([]byte, error) {
	if l.Bytes > 0 {
		r = io.LimitReader(r, l.Bytes+1) // the byte too many is for Parse to see
	}
	const most = 1 << 20 // that is believed before it has come
	document := bytes.NewBuffer(room[:0])
	if expected > 0 {
		document.Grow(int(min(expected, most)) + bytes.MinRead)
	}
	_, err := document.ReadFrom(r)
	return document.Bytes(), err
}

// Parse is Read for a document that has been read. The Message needs data
// unchanged until it is done with.
func Parse(data []byte, l Limits) (*Message, error) {
	if passes(int64(len(data)), l.Bytes) {
		return nil, ErrTooBig
	}
	data = bytes.TrimPrefix(data, byteOrderMark)
	if l.AnyReference {
		data = withoutForbidden(data)
	}
	if err := check(data, l); err != nil {
		return nil, err
	}
	doc := etree.NewDocument()
	if err := doc.ReadFromBytes(data); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	return message(doc.Root(), data)
}

func message(root *etree.Element, data []byte) (*Message, error) {
	m := &Message{Namespace: root.NamespaceURI(), root: root, data: data}
	if root.Tag != "Envelope" || m.Namespace != Envelope11 && m.Namespace != Envelope12 {
		return nil, fmt.Errorf("%w: the root element is %.100s in namespace %.100q", ErrNoMessage, root.Tag, m.Namespace)
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
