package exports

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

func TestRead(t *testing.T) {
	s, err := Read([]string{"testdata"})
	if err != nil {
		t.Fatal(err)
	}
	type of struct {
		side Side
		noun string
	}
	tests := map[string]struct {
		of
		at       int
		property string
		want     []string
	}{
		"a word":                               {of{OnPremises, "AvailabilityAddressSpace"}, 0, "forestname", []string{"contoso.partner.mail.onmschina.cn"}},
		"an enumeration":                       {of{OnPremises, "AvailabilityAddressSpace"}, 0, "AccessMethod", []string{"InternalProxy"}},
		"a reference to an earlier object":     {of{OnPremises, "AvailabilityAddressSpace"}, 1, "AccessMethod", []string{"InternalProxy"}},
		"a URL":                                {of{OnPremises, "AvailabilityAddressSpace"}, 0, "ProxyUrl", []string{"https://fb.contoso.com/EWS/Exchange.asmx"}},
		"nothing":                              {of{OnPremises, "AvailabilityAddressSpace"}, 1, "ProxyUrl", nil},
		"what PowerShell added":                {of{OnPremises, "AvailabilityAddressSpace"}, 0, "PSComputerName", []string{"ex2010.contoso.com"}},
		"an escaped character":                 {of{OnPremises, "AvailabilityAddressSpace"}, 0, "Name", []string{"contoso.partner.mail.onmschina.cn"}},
		"a list, told by the type":             {of{OnPremises, "OrganizationRelationship"}, 0, "DomainNames", []string{"contoso.partner.mail.onmschina.cn", "contoso.com"}},
		"a single value where a list may be":   {of{Online, "OrganizationConfig"}, 0, "EwsAllowedAppIDs", []string{"00000000-1111-2222-3333-444444444444"}},
		"null":                                 {of{Online, "OrganizationConfig"}, 0, "EwsEnabled", nil},
		"one of several cmdlets in a document": {of{Online, "AuthServer"}, 0, "Enabled", []string{"true"}},
		"a list that Windows PowerShell wraps": {of{Online, "AuthServer"}, 0, "DomainName", []string{"a.example", "b.example"}},
		"an address of a list of objects":      {of{Online, "IntraOrganizationConnector"}, 0, "TargetAddressDomains", []string{"contoso.com"}},
		"a URL as an object":                   {of{Online, "IntraOrganizationConnector"}, 0, "DiscoveryEndpoint", []string{"https://mail.contoso.com/autodiscover/autodiscover.svc"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			all := s.Of(tt.side, tt.noun)
			if len(all) <= tt.at {
				t.Fatalf("there are %d objects", len(all))
			}
			if diff := cmp.Diff(tt.want, all[tt.at].List(tt.property)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	if !s.Has(Online, "PartnerApplication") || len(s.Of(Online, "PartnerApplication")) > 0 {
		t.Error("a cmdlet that put out nothing is not told from one that was not run")
	}
	for side, noun := range map[Side]string{OnPremises: "AvailabilityAddressSpace", Online: "OrganizationConfig"} {
		want := map[Side]time.Time{
			OnPremises: time.Date(2026, 11, 3, 7, 15, 30, 123456700, time.UTC), Online: time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC),
		}[side]
		if got := s.Of(side, noun)[0].Time("WhenChanged"); !got.Equal(want) {
			t.Errorf("%s: the date is %v, want %v", noun, got, want)
		}
	}
}

func TestEveryEncodingOfPowerShellReadsAlike(t *testing.T) {
	text, err := os.ReadFile("testdata/onpremises/Get-AvailabilityAddressSpace.xml")
	if err != nil {
		t.Fatal(err)
	}
	units := utf16.Encode([]rune(string(text)))
	wide := func(order binary.AppendByteOrder, mark ...uint16) []byte {
		var b []byte
		for _, u := range append(mark, units...) {
			b = order.AppendUint16(b, u)
		}
		return b
	}
	for name, data := range map[string][]byte{
		"UTF-8":                      text,
		"UTF-8 with a mark":          append([]byte("\xef\xbb\xbf"), text...),
		"UTF-16LE":                   wide(binary.LittleEndian),
		"UTF-16LE with a mark":       wide(binary.LittleEndian, 0xfeff),
		"UTF-16BE":                   wide(binary.BigEndian),
		"UTF-16BE with a mark":       wide(binary.BigEndian, 0xfeff),
		"UTF-8 that says it is more": append([]byte(`<?xml version="1.0" encoding="utf-16"?>`), text...),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.xml") // what it is, only the types tell
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Read([]string{path})
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Of(OnPremises, "availabilityaddressspace"); len(got) != 2 || got[0].Text("AccessMethod") != "InternalProxy" {
				t.Errorf("got %d objects", len(got))
			}
		})
	}
}

func TestTheSideOfAFile(t *testing.T) {
	const hosted = `[{"Name":"a","OriginatingServer":"SH0PR01A001DC01.CHNPR01A001.prod.partner.outlook.cn"}]`
	tests := map[string]struct {
		path, content string
		want          Side
	}{
		"the name says online":          {"online-Get-AuthConfig.json", `[]`, Online},
		"the prefix of EXO cmdlets":     {"Get-EOAuthConfig.json", `[]`, Online},
		"the folder says exo":           {"EXO/Get-AuthConfig.json", `[]`, Online},
		"the name beats the folder":     {"exo/on-prem_Get-AuthConfig.json", `[]`, OnPremises},
		"the name beats the objects":    {"OnPremises-Get-AuthConfig.json", hosted, OnPremises},
		"the objects say hosted":        {"Get-AuthConfig.json", hosted, Online},
		"nothing says anything":         {"Get-AuthConfig.json", `[]`, OnPremises},
		"cloudless is no word for eo":   {"video/Get-AuthConfig.json", `[]`, OnPremises},
		"a geographical name of a host": {"geo-Get-AuthConfig.json", `[]`, OnPremises},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "files", filepath.FromSlash(tt.path))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Read([]string{path})
			if err != nil || !s.Has(tt.want, "AuthConfig") {
				t.Errorf("it is not of %s: %v", tt.want, err)
			}
		})
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	tests := map[string]struct{ name, content, want string }{
		"no JSON":                 {"Get-AuthConfig.json", `{"Name": `, "no JSON"},
		"no CLIXML":               {"Get-AuthConfig.xml", `<html></html>`, "begins with <html>"},
		"CLIXML that breaks off":  {"Get-AuthConfig.xml", `<Objs><Obj RefId="0"><Props><S N="Name">a`, "no CLIXML"},
		"nobody says what it is":  {"dump.json", `[{"Name": "a"}]`, "name the file after its cmdlet"},
		"a type of somebody else": {"dump.xml", `<Objs><Obj><TN><T>System.Diagnostics.Process</T></TN><Props><S N="Name">a</S></Props></Obj></Objs>`, "name the file after its cmdlet"},
		"too deep, in JSON":       {"Get-AuthConfig.json", strings.Repeat("[", 200) + strings.Repeat("]", 200), "nested deeper"},
		"too deep, in CLIXML":     {"Get-AuthConfig.xml", "<Objs>" + strings.Repeat("<Obj><LST>", 200) + strings.Repeat("</LST></Obj>", 200) + "</Objs>", "nested deeper"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), tt.name)
			if err := os.WriteFile(path, []byte(tt.content), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Read([]string{path, "testdata/online"})
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if !s.Has(Online, "OrganizationConfig") {
				t.Error("the other file was not read")
			}
		})
	}
	if _, err := Read([]string{filepath.Join(t.TempDir(), "nowhere")}); err == nil {
		t.Error("a path that is not there is no error")
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"onpremises/Get-AvailabilityAddressSpace.xml", "onpremises/rel.clixml", "online/Get-OrganizationConfig.json", "several-exo.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`<Objs><Obj RefId="0"><LST><Ref RefId="0"/></LST></Obj></Objs>`))
	f.Add([]byte(`<Objs><Obj RefId="0"><Props><Ref N="Name" RefId="0"/></Props></Obj></Objs>`))
	f.Add([]byte("\xff\xfe<\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := Set{outputs: map[output][]Object{}}
		if s.parse("Get-AuthConfig.any", data) != nil {
			return
		}
		for _, all := range s.outputs {
			for _, o := range all {
				o.Name()
				for property := range o.props.members {
					if len(o.List(property)) == 0 && o.Text(property) != "" {
						t.Errorf("%q has the text %q and no value", property, o.Text(property))
					}
					o.Time(property)
				}
			}
		}
	})
}
