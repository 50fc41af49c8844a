package capture

import (
	"bytes"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// known is a key that makes placeholders the same in every run.
var known = placeholders{key: &[32]byte{1}}

func TestDocument(t *testing.T) {
	p := known
	alice := p.address("alice@contoso.example")
	tests := map[string]struct{ sent, want string }{
		"a mailbox":                           {"<Address>alice@contoso.example</Address>", "<Address>" + alice + "</Address>"},
		"the same mailbox in other case":      {"<Address>Alice@CONTOSO.example</Address>", "<Address>" + alice + "</Address>"},
		"white space around a value":          {"<a>\r\n\t alice@contoso.example\n</a>", "<a>\r\n\t " + alice + "\n</a>"},
		"white space alone":                   {"<a>\r\n <b />\t</a >", "<a>\r\n <b />\t</a >"},
		"a name":                              {"<t:Name>Ännchen</t:Name>", "<t:Name>" + p.text("Ännchen") + "</t:Name>"},
		"an escaped name":                     {"<n>A&amp;B</n>", "<n>" + p.text("A&B") + "</n>"},
		"a name of the directory":             {"<a>/o=First/ou=Site/cn=Anna</a>", "<a>" + p.legacyDN("/o=first/ou=site/cn=anna") + "</a>"},
		"words, numbers and times":            {"<a>Sunday Monday</a><b>-480</b><c>02:00:00</c><d>2026-11-23T00:00:00+08:00</d><e>true</e>", "<a>Sunday Monday</a><b>-480</b><c>02:00:00</c><d>2026-11-23T00:00:00+08:00</d><e>true</e>"},
		"a word that is none of ours":         {"<a>Anna</a>", "<a>" + p.text("Anna") + "</a>"},
		"a long number":                       {"<a>49301234567</a>", "<a>" + p.text("49301234567") + "</a>"},
		"a short number that is a password":   {"<t:Password>123456</t:Password>", "<t:Password>" + p.secret("123456") + "</t:Password>"},
		"anything inside of a token":          {"<w:Security><w:Any><b>12</b> true</w:Any></w:Security>", "<w:Security><w:Any><b>" + p.secret("12") + "</b> " + p.secret("true") + "</w:Any></w:Security>"},
		"a version, in either quotes":         {`<v Version='Exchange2010_SP2'   x="1"/>`, `<v Version='Exchange2010_SP2'   x="1"/>`},
		"a Windows zone":                      {`<z Id="China Standard Time" Name="(UTC+08:00) Beijing, Chongqing"/>`, `<z Id="China Standard Time" Name="(UTC+08:00) Beijing, Chongqing"/>`},
		"namespaces and types":                {`<x:a xmlns:x="http://x.example/y" xmlns="urn:a:b" xsi:type="t:SidAndAttributesType"/>`, `<x:a xmlns:x="http://x.example/y" xmlns="urn:a:b" xsi:type="t:SidAndAttributesType"/>`},
		"no namespace at all":                 {`<a xmlns="alice@contoso.example"/>`, `<a xmlns="` + alice + `"/>`},
		"an attribute that says who":          {`<a who="Anna" b = "1"/>`, `<a who="` + p.text("Anna") + `" b = "1"/>`},
		"a token in an attribute":             {`<a token="123" b="2"/>`, `<a token="` + p.secret("123") + `" b="2"/>`},
		"CDATA":                               {"<a><![CDATA[ alice@contoso.example]]></a>", "<a><![CDATA[ " + alice + "]]></a>"},
		"a comment":                           {"<a><!--Anna--></a>", "<a><!--" + p.text("Anna") + "--></a>"},
		"an instruction":                      {"<a><?php Anna?></a>", "<a><?php " + p.text("Anna") + "?></a>"},
		"a declaration and a byte order mark": {"\xef\xbb\xbf<?xml version='1.0' encoding=\"utf-8\" ?>\n<a/>", "\xef\xbb\xbf<?xml version='1.0' encoding=\"utf-8\" ?>\n<a/>"},
		"the URL of a server":                 {"<To>https://mail.contoso.example:444/EWS/Exchange.asmx</To>", "<To>https://" + p.host("mail.contoso.example") + ":444/EWS/Exchange.asmx</To>"},
		"a URL that says more":                {"<To>https://mail.contoso.example/EWS/Exchange.asmx?a=b</To>", "<To>" + p.text("https://mail.contoso.example/EWS/Exchange.asmx?a=b") + "</To>"},
		"a group that everybody knows":        {"<s>S-1-5-32-544</s><s>S-1-1-0</s>", "<s>S-1-5-32-544</s><s>S-1-1-0</s>"},
		"a session":                           {"<s>S-1-5-5-0-4711</s>", "<s>" + p.secret("S-1-5-5-0-4711") + "</s>"},

		"it breaks off":                      {"<a><b>alice@contoso.example", "<a><b>" + alice},
		"it breaks off in a tag":             {"<a><b who='alice@cont", "<a>(18 bytes that cannot be read)"},
		"elements that cross":                {"<a><b>Anna</a>Anna", "<a><b>" + p.text("Anna") + "(8 bytes that cannot be read)"},
		"a DOCTYPE":                          {"<!DOCTYPE a [<!ENTITY who 'Anna'>]><a>&who;</a>", "(47 bytes that cannot be read)"},
		"an entity that is none":             {"<a>&who;</a>", "<a>(9 bytes that cannot be read)"},
		"no XML":                             {"alice:secret", p.text("alice:secret")},
		"another encoding":                   {"<?xml version='1.0' encoding='utf-16'?><a>Anna</a>", "(50 bytes that cannot be read)"},
		"bytes that are no letters":          {"<a>\xff\xfe</a>", "<a>(6 bytes that cannot be read)"},
		"a declaration that says more":       {"<?xml version='1.0' who='alice@contoso.example'?><a/>", "<?xml " + p.text("version='1.0' who='alice@contoso.example'") + "?><a/>"},
		"a less-than sign inside of a value": {"<a who='&lt;Anna'/>", "<a who='" + p.text("<Anna") + "'/>"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, string(p.document([]byte(tt.sent)))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestSecurityIdentifiersKeepTheirShape(t *testing.T) {
	one, other := known.sid("S-1-5-21-111111111-222222222-333333333-1103"), known.sid("S-1-5-21-111111111-222222222-333333333-513")
	domain, _ := strings.CutSuffix(other, "-513")
	if !strings.HasPrefix(one, domain+"-") || !sid.MatchString(one) || strings.Count(one, "-") != 7 {
		t.Errorf("got %s and %s, want two of one domain, the second one with its well-known end", one, other)
	}
	for _, part := range []string{"111111111", "222222222", "333333333", "1103"} {
		if strings.Contains(one+other, part) {
			t.Errorf("%s, %s still hold %s", one, other, part)
		}
	}
	if elsewhere := known.sid("S-1-5-21-111111112-222222222-333333333-1103"); elsewhere[strings.LastIndex(elsewhere, "-"):] == one[strings.LastIndex(one, "-"):] {
		t.Error("accounts of two domains have the same end")
	}
}

func TestPlaceholdersAreOfOneFileOnly(t *testing.T) {
	if one, other := newPlaceholders(), newPlaceholders(); one.text("Anna") == other.text("Anna") {
		t.Error("two files have the same placeholder for a name")
	}
}

// shape is a document without its values.
func shape(t *testing.T, data []byte) (tokens []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(data))
	for {
		token, err := d.RawToken()
		if err != nil {
			return tokens
		}
		switch token := token.(type) {
		case xml.StartElement:
			tag := "<" + spelled(token.Name)
			for _, a := range token.Attr {
				tag += " " + spelled(a.Name)
			}
			tokens = append(tokens, tag)
		case xml.EndElement:
			tokens = append(tokens, "</"+spelled(token.Name))
		case xml.CharData:
			tokens = append(tokens, "text")
		case xml.ProcInst:
			tokens = append(tokens, "<?"+token.Target)
		}
	}
}

// Recordings of real clients hold nothing but what may be seen and addresses:
// only those change.
func TestRecordingsKeepTheirShape(t *testing.T) {
	files, err := filepath.Glob("../../../ews/testdata/requests/*.request.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			recording, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, body, _ := bytes.Cut(recording, []byte("\r\n\r\n"))
			got := known.document(body)
			if diff := cmp.Diff(shape(t, body), shape(t, got)); diff != "" {
				t.Errorf("its shape changed (-sent +redacted)\n%s", diff)
			}
			if bytes.Contains(got, []byte("contoso")) || bytes.Contains(got, []byte("cannot be read")) {
				t.Errorf("got %s", got)
			}
		})
	}
}

// FuzzDocument puts an address and a security identifier into whatever there
// is: neither may come out.
func FuzzDocument(f *testing.F) {
	const canary, number = "canary@contoso.example", "S-1-5-21-987654321-987654321-987654321-4711"
	for _, seed := range []string{
		"", "<a>", "<a b='", "<!--", "<![CDATA[", "<?x ", "<a xmlns:b=\"", "<a/>", "</a>", "&lt;", "<a><Password>", "<?xml version='1.0'?><s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>",
	} {
		f.Add(seed, "</a>")
	}
	f.Fuzz(func(t *testing.T, before, after string) {
		for _, secret := range []string{canary, number} {
			if got := known.document([]byte(before + secret + after)); bytes.Contains(got, []byte(secret)) && !strings.Contains(before+after, secret) {
				t.Errorf("%q came out as %q", before+secret+after, got)
			}
		}
	})
}
