package forest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

// The namespaces of EWS and SOAP 1.1.
const (
	nsSOAP     = "http://schemas.xmlsoap.org/soap/envelope/"
	nsMessages = "http://schemas.microsoft.com/exchange/services/2006/messages"
	nsTypes    = "http://schemas.microsoft.com/exchange/services/2006/types"
	nsErrors   = "http://schemas.microsoft.com/exchange/services/2006/errors"
)

// node is an XML element that has been read. A nil node has no children, no
// text and no attributes.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Content  string     `xml:",chardata"`
	Children []*node    `xml:",any"`
}

var errTrailing = errors.New("something follows the root element")

// readNode reads one whole document.
func readNode(data []byte) (*node, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	var root node
	if err := d.Decode(&root); err != nil {
		return nil, err
	}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return &root, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			return nil, errTrailing
		case xml.CharData:
			if len(bytes.TrimSpace(token)) > 0 {
				return nil, errTrailing
			}
		}
	}
}

// child returns the first child of that namespace and name, or nil.
func (n *node) child(namespace, name string) *node {
	for _, c := range n.children(namespace, name) {
		return c
	}
	return nil
}

func (n *node) children(namespace, name string) []*node {
	if n == nil {
		return nil
	}
	var found []*node
	for _, c := range n.Children {
		if c.XMLName.Local == name && c.XMLName.Space == namespace {
			found = append(found, c)
		}
	}
	return found
}

// text is the content without white space around it.
func (n *node) text() string {
	if n == nil {
		return ""
	}
	return strings.TrimSpace(n.Content)
}

func (n *node) attr(name string) string {
	if n == nil {
		return ""
	}
	for _, a := range n.Attrs {
		if a.Name.Local == name && a.Name.Space == "" {
			return a.Value
		}
	}
	return ""
}
