package soap_test

import (
	"fmt"
	"strings"
	"testing"

	"availproxy/ews/soap"
)

// outline reads a whole document with a Scanner and returns its elements, one a
// line, and why it was declined.
func outline(document string, l soap.Limits) (string, soap.Reason) {
	var s soap.Scanner
	var b strings.Builder
	s.Start([]byte(document), []string{soap.Envelope11, "urn:a"}, l)
	var inside func(depth int)
	inside = func(depth int) {
		fmt.Fprintf(&b, "%s%d %s", strings.Repeat(" ", depth), s.Space, s.Local)
		for _, a := range s.Attributes {
			fmt.Fprintf(&b, " %d %s=%s", a.Space, a.Local, a.Value)
		}
		if s.Leaf() {
			fmt.Fprintf(&b, " %q\n", s.Text())
			return
		}
		b.WriteString("\n")
		for s.Child() {
			inside(depth + 1)
		}
	}
	if s.Child() {
		inside(0)
	}
	s.End()
	return b.String(), s.Declined()
}

func TestScannerReadsPlainDocuments(t *testing.T) {
	tests := map[string]struct{ document, want string }{
		"one element":            {"<a/>", `-1 a ""`},
		"a byte order mark":      {"\ufeff<a/>", `-1 a ""`},
		"a declaration":          {`<?xml version='1.0' encoding="UTF-8" standalone='yes' ?>` + "\r\n<a/>\n", `-1 a ""`},
		"texts without blanks":   {"<a>\r\n x y\t</a>", `-1 a "x y"`},
		"text beyond ASCII":      {"<a>ü\U0001F600</a>", `-1 a "ü😀"`},
		"a bracket or two":       {"<a>]] ></a>", `-1 a "]] >"`},
		"children":               {"<a> <b>1</b>\n<b>2</b> </a>", "-1 a\n -1 b \"1\"\n -1 b \"2\""},
		"namespaces":             {`<p:a xmlns:p="urn:a" xmlns='urn:b'><b/><p:b xmlns:p="urn:c"/><p:b xmlns:q="urn:a"/></p:a>`, "1 a\n -2 b \"\"\n -2 b \"\"\n 1 b \"\""},
		"a default that ends":    {`<a><b xmlns="urn:a"/><b/></a>`, "-1 a\n 1 b \"\"\n -1 b \"\""},
		"attributes":             {`<p:a x = "1" p:y='2"' xmlns:p="urn:a" ></p:a >`, `1 a -1 x=1 1 y=2" ""`},
		"an attribute's & stays": {`<a x="1 &amp; &lt;"/>`, `-1 a -1 x=1 &amp; &lt; ""`},
		"names of many letters":  {"<_a-1.b/>", `-1 _a-1.b ""`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, declined := outline(tt.document, soap.Limits{})
			if declined != "" || got != tt.want+"\n" {
				t.Errorf("got %s, declined %q, want %s", got, declined, tt.want)
			}
			if _, err := soap.Parse([]byte(tt.document), soap.Limits{}); err != nil && !strings.Contains(err.Error(), "not a SOAP envelope") {
				t.Errorf("Parse refuses it: %v", err)
			}
		})
	}
}

func TestScannerDeclines(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	tests := map[string]struct {
		document string
		want     soap.Reason
		clause   string
	}{
		"nothing":                       {"", soap.Mixed, "XML 1.0 2.1"},
		"no markup":                     {"a", soap.Mixed, "XML 1.0 2.1"},
		"an open element":               {"<a>", soap.Mixed, "XML 1.0 2.1"},
		"an open tag":                   {"<a", soap.Markup, "XML 1.0 3.1"},
		"an open end tag":               {"<a></a", soap.Markup, "XML 1.0 3.1"},
		"an open value":                 {`<a b="`, soap.Markup, "XML 1.0 3.1"},
		"another end tag":               {"<a></b>", soap.Markup, "XML 1.0 3, element type match"},
		"a longer end tag":              {"<a></ab>", soap.Markup, "XML 1.0 3, element type match"},
		"an end tag too many":           {"<a/></a>", soap.Markup, "XML 1.0 2.1"},
		"an end tag with another colon": {`<p:a xmlns:p="urn:a" xmlns="urn:a"></a>`, soap.Markup, "XML 1.0 3, element type match"},
		"a second root":                 {"<a/><a/>", soap.Markup, "XML 1.0 2.1"},
		"text behind the root":          {"<a/>x", soap.Markup, "XML 1.0 2.1"},
		"text beside an element":        {"<a>x<b/></a>", soap.Mixed, "here"},
		"blanks that XML has not":       {"<a>\u00a0<b/></a>", soap.Mixed, "XML 1.0 2.3"},
		"a comment":                     {"<a><!-- --></a>", soap.Markup, "here"},
		"CDATA":                         {"<a><![CDATA[x]]></a>", soap.Markup, "here"},
		"a processing instruction":      {"<a><?x?></a>", soap.Markup, "here"},
		"a DOCTYPE":                     {"<!DOCTYPE a><a/>", soap.Markup, "SOAP 1.1 3"},
		"the end of a CDATA section":    {"<a>]]></a>", soap.Markup, "XML 1.0 2.4"},
		"a reference in a text":         {"<a>&amp;</a>", soap.Markup, "here"},
		"an unknown reference":          {`<a b="&b;"/>`, soap.Markup, "XML 1.0 4.1"},
		"a reference that does not end": {`<a b="&amp"/>`, soap.Markup, "XML 1.0 4.1"},
		"a control character":           {"<a>\x01</a>", soap.Markup, "XML 1.0 2.2"},
		"one of the first eight":        {"\x00<a/>", soap.Markup, "XML 1.0 2.2"},
		"a character that is none":      {"<a>\ufffe</a>", soap.Encoding, "XML 1.0 2.2"},
		"bytes that are no UTF-8":       {"<a>\xff</a>", soap.Encoding, "XML 1.0 4.3.3"},
		"a surrogate":                   {"<a>\xed\xa0\x80</a>", soap.Encoding, "XML 1.0 2.2"},
		"a return inside a text":        {"<a>x\ry</a>", soap.Markup, "XML 1.0 2.11"},
		"a line feed in a value":        {"<a b='\n'/>", soap.Markup, "XML 1.0 3.3.3"},
		"a < in a value":                {"<a b='<'/>", soap.Markup, "XML 1.0 3.1"},
		"a value without quotes":        {"<a b=c/>", soap.Markup, "XML 1.0 3.1"},
		"attributes without a blank":    {`<a b="1"c="2"/>`, soap.Markup, "XML 1.0 3.1"},
		"an attribute twice":            {`<a b="1" b="1"/>`, soap.Markup, "XML 1.0 3.1"},
		"an attribute by two prefixes":  {`<a xmlns:p="urn:a" xmlns:q="urn:a" p:b="1" q:b="1"/>`, soap.Markup, "Namespaces 6.3"},
		"a namespace twice":             {`<a xmlns="urn:a" xmlns="urn:a"/>`, soap.Markup, "XML 1.0 3.1"},
		"an undeclared prefix":          {"<p:a/>", soap.Markup, "Namespaces 5"},
		"one of an attribute":           {`<a p:b="1"/>`, soap.Markup, "Namespaces 5"},
		"a prefix out of its scope":     {`<a><b xmlns:p="urn:a"/><p:b/></a>`, soap.Markup, "Namespaces 6.1"},
		"a prefix that is taken back":   {`<a xmlns:p=""/>`, soap.Markup, "Namespaces 5"},
		"the prefix xml":                {`<a xml:lang="en"/>`, soap.Markup, "here"},
		"the prefix xml bound":          {`<a xmlns:xml="urn:a"/>`, soap.Markup, "Namespaces 3"},
		"the prefix xmlns bound":        {`<a xmlns:xmlns="urn:a"/>`, soap.Markup, "Namespaces 3"},
		"its namespace bound":           {`<a xmlns="http://www.w3.org/2000/xmlns/"/>`, soap.Markup, "Namespaces 3"},
		"two colons":                    {`<p:q:a xmlns:p="urn:a"/>`, soap.Markup, "Namespaces 4"},
		"a colon in front":              {"<:a/>", soap.Markup, "Namespaces 4"},
		"a name that begins with 1":     {"<1/>", soap.Markup, "XML 1.0 2.3"},
		"a name beyond ASCII":           {"<ü/>", soap.Markup, "here"},
		"a blank before the name":       {"< a/>", soap.Markup, "XML 1.0 3.1"},
		"another encoding":              {`<?xml version="1.0" encoding="latin1"?><a/>`, soap.Encoding, "here"},
		"another version":               {`<?xml version="1.1"?><a/>`, soap.Encoding, "here"},
		"a declaration without version": {`<?xml encoding="utf-8"?><a/>`, soap.Encoding, "XML 1.0 2.8"},
		"a declaration that is late":    {` <?xml version="1.0"?><a/>`, soap.Markup, "XML 1.0 2.8"},
		"UTF-16":                        {"\xff\xfe<\x00a\x00/\x00>\x00", soap.Markup, "here"},
		"too deep":                      {deep(4), soap.Size, "the limits"},
		"too many elements":             {"<a>" + strings.Repeat("<b/>", 5) + "</a>", soap.Size, "the limits"},
		"too many attributes":           {`<a b="" c="" xmlns:d="e"/>`, soap.Size, "the limits"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got, declined := outline(tt.document, soap.Limits{Depth: 3, Elements: 5, Attributes: 2}); declined != tt.want {
				t.Errorf("got %s, declined %q, want %q (%s)", got, declined, tt.want, tt.clause)
			}
		})
	}
}

// TestScannerSkips leaves elements with all that is in them, and no sooner.
func TestScannerSkips(t *testing.T) {
	var s soap.Scanner
	s.Start([]byte(`<a><b><c>x &amp; y</c> z <d/></b><e/><f>1</f></a>`), nil, soap.Limits{})
	var rest []string
	for s.Child(); s.Child(); {
		if string(s.Local) == "f" {
			rest = append(rest, string(s.Text()))
			continue
		}
		rest = append(rest, string(s.Local))
		s.Skip()
	}
	s.End()
	if got := strings.Join(rest, " "); got != "b e 1" || s.Declined() != "" {
		t.Errorf("got %s, declined %q", got, s.Declined())
	}
}

// FuzzScanner looks for documents that a Scanner takes and Parse does not.
func FuzzScanner(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><p:a xmlns:p="urn:a" b="1"><c>text</c><p:d/></p:a>`))
	f.Add([]byte(`<a b='&lt;'> <b>&amp;</b></a>`))
	f.Add([]byte(`<a b="?>">?></a>`))
	f.Fuzz(func(t *testing.T, document []byte) {
		limits := soap.Limits{Depth: 20, Elements: 200, Attributes: 10}
		if _, declined := outline(string(document), limits); declined != "" {
			return
		}
		inside := strings.TrimPrefix(string(document), "\ufeff")
		if strings.HasPrefix(inside, "<?xml") {
			_, inside, _ = strings.Cut(inside, "?>")
		}
		envelope := `<s:Envelope xmlns:s="` + soap.Envelope11 + `"><s:Body>` + inside + `</s:Body></s:Envelope>`
		if _, err := soap.Parse([]byte(envelope), soap.Limits{Depth: 22, Elements: 202, Attributes: 10}); err != nil {
			t.Errorf("Parse refuses %q: %v", document, err)
		}
	})
}

// TestAgainReadsAsChildDoes reads lists twice: entry by entry, and with the form
// of the entry before.
func TestAgainReadsAsChildDoes(t *testing.T) {
	entry := func(text string) string { return "\n" + `<e xmlns="urn:a" x='1'><v>` + text + "</v></e>" }
	tests := map[string]struct {
		list  string
		again int // entries that are of the form of the one before
	}{
		"all alike":              {entry("a") + entry("b") + entry("cc"), 2},
		"no text in one":         {entry("a") + entry("") + entry("c"), 2},
		"white space in one":     {entry("a") + entry(" b ") + entry("c"), 1},
		"references in one":      {entry("a") + entry("&amp;"), 0},
		"returns in one":         {entry("a") + entry("b\rc"), 0},
		"another name":           {entry("a") + "\n" + `<f xmlns="urn:a" x='1'><v>b</v></f>`, 0},
		"another attribute":      {entry("a") + "\n" + `<e xmlns="urn:a" x='2'><v>b</v></e>`, 0},
		"something in the text":  {entry("a") + "\n" + `<e xmlns="urn:a" x='1'><v>b<w/></v></e>`, 0},
		"a comment in the text":  {entry("a") + entry("b<!-- -->"), 0},
		"something behind it":    {entry("a") + "\n" + `<e xmlns="urn:a" x='1'><v>b</v><w/></e>`, 0},
		"an empty one is none":   {"<e><v/></e><e><v/>x</e>", 0},
		"too many":               {strings.Repeat(entry("a"), 30), 24},
		"the end of the bytes":   {entry("a") + "\n" + `<e xmlns="urn:a" x='1'><v>b`, 0},
		"an end that is another": {entry("a") + "\n" + `<e xmlns="urn:a" x='1'><v>b</v></f>`, 0},
	}
	read := func(list string, forms bool) (texts []string, again int, declined soap.Reason) {
		var s soap.Scanner
		s.Start([]byte("<l>"+list+"</l>"), []string{"urn:a"}, soap.Limits{Elements: 51})
		s.Child()
		var f soap.Form
		for s.Begin(&f); s.Child(); s.Begin(&f) {
			name := string(s.Local)
			if s.Child() && string(s.Local) != "v" {
				s.Decline("other")
			}
			texts = append(texts, name+string(s.Vary(&f)))
			if s.Child() {
				s.Decline("other")
			}
			s.Learn(&f)
			for forms {
				varied, ok := s.Again(&f)
				if !ok {
					break
				}
				texts, again = append(texts, name+string(varied[0])), again+1
			}
		}
		s.End()
		return texts, again, s.Declined()
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			texts, again, declined := read(tt.list, true)
			if again != tt.again {
				t.Errorf("%d entries of the same form, want %d", again, tt.again)
			}
			want, _, wantDeclined := read(tt.list, false)
			if declined != wantDeclined || declined == "" && strings.Join(texts, "|") != strings.Join(want, "|") {
				t.Errorf("got %q, declined %q, want %q, declined %q", texts, declined, want, wantDeclined)
			}
		})
	}
}

// TestAFormMeansTheSameElsewhere takes a form into other elements, where it must
// hold only if prefixes mean what they meant.
func TestAFormMeansTheSameElsewhere(t *testing.T) {
	const entry = "<p:e><p:v>a</p:v> <p:w>1</p:w></p:e>"
	tests := map[string]struct {
		second string
		again  bool
	}{
		"the same":                  {"<l>" + entry + "</l>", true},
		"other texts":               {"<l><p:e><p:v></p:v> <p:w>3</p:w></p:e></l>", true},
		"another prefix beside it":  {`<l xmlns:q="urn:q">` + entry + "</l>", false},
		"another namespace":         {`<l xmlns:p="urn:q">` + entry + "</l>", false},
		"deeper":                    {"<l><l>" + entry + "</l></l>", false},
		"in an empty element":       {"<l/>" + entry, false},
		"a text that goes on":       {"<l><p:e><p:v>a<p:x/></p:v> <p:w>1</p:w></p:e></l>", false},
		"a blank less between them": {"<l><p:e><p:v>a</p:v><p:w>1</p:w></p:e></l>", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var s soap.Scanner
			s.Start([]byte(`<r xmlns:p="urn:p"><l>`+entry+"</l>"+tt.second+"</r>"), []string{"urn:p", "urn:q"}, soap.Limits{})
			var f soap.Form
			s.Child() // r
			s.Child() // l
			s.Begin(&f)
			s.Child() // e
			s.Child() // v
			s.Vary(&f)
			s.Child() // w
			s.Vary(&f)
			if s.Child() || !s.Learn(&f) || s.Child() {
				t.Fatal("there is no form")
			}
			for s.Child(); string(s.Local) == "l"; s.Child() {
				s.Resume(&f)
				texts, ok := s.Again(&f)
				if ok {
					if !tt.again || len(texts) != 2 || len(texts[1]) != 1 || s.Child() {
						t.Errorf("%q and %t", texts, ok)
					}
					return
				}
				if s.Declined() != "" {
					break
				}
			}
			if tt.again {
				t.Error("the form is not known again")
			}
		})
	}
}

func TestAKeptFormServesAnotherDocument(t *testing.T) {
	const first = `<l xmlns="urn:a" xmlns:b="urn:b"><e x="1"><b:v>a</b:v></e></l>`
	tests := map[string]struct {
		document string
		most     int
		again    bool
	}{
		"the same element":                   {`<l xmlns="urn:a" xmlns:b="urn:b"><e x="1"><b:v>a</b:v></e><f/></l>`, 100, true},
		"another element":                    {`<l xmlns="urn:a" xmlns:b="urn:b"><e x="2"><b:v>a</b:v></e></l>`, 100, false},
		"another text":                       {`<l xmlns="urn:a" xmlns:b="urn:b"><e x="1"><b:v>b</b:v></e></l>`, 100, false},
		"a prefix that means something else": {`<l xmlns="urn:a" xmlns:b="urn:c"><e x="1"><b:v>a</b:v></e></l>`, 100, false},
		"another default namespace":          {`<l xmlns="urn:b" xmlns:b="urn:b"><e x="1"><b:v>a</b:v></e></l>`, 100, false},
		"a form that is longer than kept":    {first, 10, false},
		"the end of the bytes":               {`<l xmlns="urn:a" xmlns:b="urn:b"><e x="1"><b:v>a</b:v></`, 100, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var s soap.Scanner
			var f soap.Form
			namespaces := []string{"urn:a", "urn:b"}
			document := []byte(first)
			s.Start(document, namespaces, soap.Limits{})
			s.Child()
			s.Begin(&f)
			s.Child()
			s.Skip()
			if !s.Learn(&f) {
				t.Fatal("nothing was learnt")
			}
			if got, want := f.Keep(tt.most), tt.most == 100; got != want {
				t.Errorf("Keep says %t, want %t", got, want)
			}
			clear(document)
			s.Start([]byte(tt.document), namespaces, soap.Limits{})
			s.Child()
			s.Resume(&f)
			if _, again := s.Again(&f); again != tt.again || s.Declined() != "" {
				t.Errorf("passed %t, declined %q, want %t", again, s.Declined(), tt.again)
			}
		})
	}
}
