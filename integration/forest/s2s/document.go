package s2s

import (
	"encoding/binary"
	"encoding/xml"
	"net/http"
	"strings"
	"unicode/utf16"
)

// Shape is how a document is written. The zero Shape is that of WCF: no
// declaration, and a default namespace.
type Shape struct {
	Declaration    bool // begin with an XML declaration
	ByteOrderMark  bool
	UTF16          bool
	Doctype        bool
	Prefixed       bool // qualified names instead of a default namespace
	WrongNamespace bool // https instead of http, as in the published pages
	Truncated      bool // end in the middle
	Padding        int  // that many bytes of comment before the end
}

// writer writes elements in the namespace of autodiscover.
type writer struct {
	strings.Builder
	prefix string
}

func (w *writer) open(name, attributes string) {
	w.WriteString("<" + w.prefix + name + attributes + ">")
}

func (w *writer) close(name string) { w.WriteString("</" + w.prefix + name + ">") }

func (w *writer) empty(name, attributes string) {
	w.WriteString("<" + w.prefix + name + attributes + "/>")
}

// list writes count items in an element that closes itself when there are none.
func (w *writer) list(name string, count int, item func(i int)) {
	if count == 0 {
		w.empty(name, "")
		return
	}
	w.open(name, "")
	for i := range count {
		item(i)
	}
	w.close(name)
}

func (w *writer) text(name, text string) {
	if text == "" {
		w.empty(name, "")
		return
	}
	w.open(name, "")
	xml.EscapeText(w, []byte(text)) // a strings.Builder does not fail
	w.close(name)
}

// redirect writes RedirectTarget, which is there even when it is nil.
func (w *writer) redirect(target string) {
	if target == "" {
		w.empty("RedirectTarget", ` i:nil="true"`)
		return
	}
	w.text("RedirectTarget", target)
}

// document writes the whole message.
func (u userSettings) document(messageID string, s Shape) string {
	w := &writer{}
	binding := ` xmlns="` + nsAutodiscover + `"`
	if s.Prefixed {
		w.prefix, binding = "g:", ` xmlns:g="`+nsAutodiscover+`"`
	}
	w.WriteString(`<s:Envelope xmlns:s="` + nsSOAP + `" xmlns:a="` + nsAddressing + `"><s:Header><a:Action s:mustUnderstand="1">` +
		userSettingsAction + `Response</a:Action>`)
	w.WriteString(`<h:ServerVersionInfo xmlns:h="` + nsAutodiscover + `"><h:MajorVersion>15</h:MajorVersion><h:MinorVersion>20</h:MinorVersion>` +
		`<h:MajorBuildNumber>7000</h:MajorBuildNumber><h:MinorBuildNumber>12</h:MinorBuildNumber><h:Version>Exchange2015</h:Version></h:ServerVersionInfo>`)
	if messageID != "" {
		w.WriteString("<a:RelatesTo>")
		xml.EscapeText(w, []byte(messageID))
		w.WriteString("</a:RelatesTo>")
	}
	w.WriteString("</s:Header><s:Body>")
	w.open("GetUserSettingsResponseMessage", binding)
	w.open("Response", ` xmlns:i="`+nsInstance+`"`)
	u.write(w)
	w.close("Response")
	w.close("GetUserSettingsResponseMessage")
	w.WriteString("</s:Body></s:Envelope>")
	return w.String()
}

func (u userSettings) write(w *writer) {
	w.text("ErrorCode", u.code)
	message := ""
	if u.code != noError {
		message = messages[u.code]
	}
	w.text("ErrorMessage", message)
	if u.redirectTarget != "" {
		w.redirect(u.redirectTarget)
	}
	if u.users == nil {
		w.empty("UserResponses", ` i:nil="true"`)
		return
	}
	w.list("UserResponses", len(u.users), func(i int) { u.users[i].write(w) })
}

func (r userResponse) write(w *writer) {
	w.open("UserResponse", "")
	w.text("ErrorCode", r.code)
	w.text("ErrorMessage", messages[r.code])
	w.redirect(r.redirectTarget)
	w.list("UserSettingErrors", len(r.errors), func(i int) {
		w.open("UserSettingError", "")
		w.text("ErrorCode", r.errors[i].code)
		w.text("ErrorMessage", r.errors[i].message)
		w.text("SettingName", r.errors[i].name)
		w.close("UserSettingError")
	})
	w.list("UserSettings", len(r.settings), func(i int) {
		w.open("UserSetting", ` i:type="`+w.prefix+`StringSetting"`)
		w.text("Name", r.settings[i].name)
		w.text("Value", r.settings[i].value)
		w.close("UserSetting")
	})
	w.close("UserResponse")
}

func documentReply(status int, document string, s Shape) reply {
	charset := "utf-8"
	if s.UTF16 {
		charset = "utf-16"
	}
	header := http.Header{"Content-Type": {"text/xml; charset=" + charset}}
	return reply{status: status, header: header, body: s.dress(document, charset)}
}

// dress puts the document into its shape.
func (s Shape) dress(document, charset string) []byte {
	if s.WrongNamespace {
		document = strings.ReplaceAll(document, nsAutodiscover, strings.Replace(nsAutodiscover, "http:", "https:", 1))
	}
	if s.Padding > 0 {
		const end = "</s:Envelope>"
		document = strings.TrimSuffix(document, end) + "<!--" + strings.Repeat("x", s.Padding) + "-->" + end
	}
	if s.Doctype {
		document = `<!DOCTYPE s:Envelope [<!ENTITY x "x">]>` + document
	}
	if s.Declaration {
		document = `<?xml version="1.0" encoding="` + charset + `"?>` + document
	}
	if s.Truncated {
		document = document[:len(document)/2]
	}
	if s.ByteOrderMark || s.UTF16 {
		document = "\ufeff" + document
	}
	if !s.UTF16 {
		return []byte(document)
	}
	var wide []byte
	for _, unit := range utf16.Encode([]rune(document)) {
		wide = binary.LittleEndian.AppendUint16(wide, unit)
	}
	return wide
}
