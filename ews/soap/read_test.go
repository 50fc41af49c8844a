package soap_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"availproxy/ews/soap"
)

var limits = soap.Limits{Bytes: 4096, Body: 1024, Depth: 8, Elements: 20, Attributes: 4}

// envelope wraps the content of a Body.
func envelope(body string) string {
	return `<s:Envelope xmlns:s="` + soap.Envelope11 + `"><s:Body>` + body + `</s:Body></s:Envelope>`
}

func TestRead(t *testing.T) {
	tests := map[string]struct {
		document string
		want     error // nil: read, with a Body that is called "question"
	}{
		"a plain message":                   {envelope(`<question/>`), nil},
		"a byte order mark":                 {"\ufeff" + envelope(`<question/>`), nil},
		"an XML declaration":                {`<?xml version='1.0' encoding='utf-8' standalone="no"?>` + "\n" + envelope(`<question/>`), nil},
		"upper-case UTF-8":                  {`<?xml version="1.0" encoding="UTF-8"?>` + envelope(`<question/>`), nil},
		"SOAP 1.2":                          {strings.ReplaceAll(envelope(`<question/>`), soap.Envelope11, soap.Envelope12), nil},
		"the envelope's own namespace":      {`<Envelope xmlns="` + soap.Envelope11 + `"><Body><question xmlns=""/></Body></Envelope>`, nil},
		"comments and white space around":   {"<!-- a -->\n" + envelope(" <!-- b --> <question/>") + "\n<!-- c -->\n", nil},
		"nothing":                           {"", soap.ErrMalformed},
		"a byte order mark alone":           {"\ufeff", soap.ErrMalformed},
		"no XML":                            {"Availability?", soap.ErrMalformed},
		"a truncated document":              {envelope(`<question/>`)[:90], soap.ErrMalformed},
		"two root elements":                 {envelope("") + envelope(""), soap.ErrMalformed},
		"text behind the root element":      {envelope("") + "x", soap.ErrMalformed},
		"an undefined entity":               {envelope("&nbsp;"), soap.ErrMalformed},
		"another encoding":                  {`<?xml version="1.0" encoding="iso-8859-1"?>` + envelope(""), soap.ErrMalformed},
		"UTF-16":                            {"\xff\xfe<\x00a\x00/\x00>\x00", soap.ErrMalformed},
		"bytes that are no UTF-8":           {envelope("\xff"), soap.ErrMalformed},
		"a control character":               {envelope("&#1;"), soap.ErrMalformed},
		"a DOCTYPE":                         {`<!DOCTYPE a [<!ENTITY b "c">]>` + envelope("&b;"), soap.ErrDoctype},
		"another root element":              {"<html/>", soap.ErrNoMessage},
		"an envelope without namespace":     {"<Envelope><Body/></Envelope>", soap.ErrNoMessage},
		"an envelope without Body":          {`<Envelope xmlns="` + soap.Envelope11 + `"/>`, soap.ErrNoMessage},
		"elements too deep":                 {envelope(strings.Repeat("<a>", 7) + strings.Repeat("</a>", 7)), soap.ErrTooDeep},
		"too many elements":                 {envelope(strings.Repeat("<a/>", 19)), soap.ErrTooDeep},
		"too many attributes":               {envelope(`<question a="" b="" c="" d="" e=""/>`), soap.ErrTooDeep},
		"a long Body":                       {envelope(`<question>` + strings.Repeat("x", 1024) + `</question>`), soap.ErrTooBig},
		"a long Header":                     {strings.Replace(envelope(`<question/>`), "<s:Body>", "<s:Header>"+strings.Repeat(" ", 2000)+"</s:Header><s:Body>", 1), nil},
		"a long document":                   {envelope(`<question/>`) + strings.Repeat(" ", 4096), soap.ErrTooBig},
		"as many bytes as are allowed":      {pad(envelope(`<question/>`), 4096), nil},
		"a Body that is not of the message": {`<s:Envelope xmlns:s="` + soap.Envelope11 + `"><Body><question/></Body></s:Envelope>`, soap.ErrNoMessage},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			m, err := soap.Read(strings.NewReader(tt.document), limits)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got error %v, want %v", err, tt.want)
			}
			if err == nil && !soap.Is(m.Body, "", "question") {
				t.Errorf("got Body %v, want question", m.Body)
			}
		})
	}
}

func pad(s string, length int) string { return s + strings.Repeat(" ", length-len(s)) }

func TestReadPassesOnWhatTheConnectionSays(t *testing.T) {
	_, err := soap.Read(io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(io.ErrUnexpectedEOF)), limits)
	if !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, soap.ErrMalformed) {
		t.Errorf("got %v, want the error of the reader", err)
	}
}

func TestHeadersAreTheChildrenOfTheHeader(t *testing.T) {
	document := `<s:Envelope xmlns:s="` + soap.Envelope11 + `"><s:Header><a/><b/></s:Header><s:Body/></s:Envelope>`
	m, err := soap.Read(strings.NewReader(document), limits)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Header) != 2 || m.Header[1].Tag != "b" || m.Body != nil {
		t.Errorf("got headers %v and Body %v, want a, b and none", m.Header, m.Body)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(envelope(`<question xmlns="urn:q"><a b="c">&lt;<![CDATA[d]]></a></question>`)))
	f.Add([]byte("\ufeff<?xml version='1.0'?>" + envelope("")))
	f.Add([]byte(strings.ReplaceAll(envelope(`<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code></s:Fault>`), soap.Envelope11, soap.Envelope12)))
	f.Add([]byte(`<!DOCTYPE a>` + envelope("")))
	f.Fuzz(func(t *testing.T, document []byte) {
		m, err := soap.Read(strings.NewReader(string(document)), limits)
		if err != nil {
			return
		}
		m.Fault()
		if m.Body == nil {
			return
		}
		if line, column := m.Position(m.Body); line < 1 || column < 1 {
			t.Errorf("the Body stands at line %d, column %d", line, column)
		}
		soap.Text(m.Body)
	})
}
