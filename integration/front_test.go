package integration

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"testing"
)

// front is a server in front of p, without TLS, for clients that cannot be
// taught to trust it and for those that first ask who they are and which
// folders they have. It answers that, and hands everything else on as it is.
func front(t *testing.T, p *proxy) *httptest.Server {
	t.Helper()
	target, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	target.Path = "/"
	relay := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: p.client(t).Transport,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		document, err := io.ReadAll(r.Body)
		if err != nil {
			return // nobody is there any more
		}
		if answer := logOn(document); answer != "" && r.Header.Get("Authorization") != "" {
			w.Header().Set("Content-Type", "text/xml; charset=utf-8")
			io.WriteString(w, answer)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(document))
		relay.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

var folder = regexp.MustCompile(`<t:DistinguishedFolderId Id="([a-z]+)"`)

// logOn answers what DavMail asks before it does anything, or is empty.
func logOn(document []byte) string {
	const soap = `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">` +
		`<s:Header><h:ServerVersionInfo MajorVersion="14" MinorVersion="3" MajorBuildNumber="123" MinorBuildNumber="4" Version="Exchange2010_SP2" xmlns:h="http://schemas.microsoft.com/exchange/services/2006/types"/></s:Header>` +
		`<s:Body xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages" xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types">%s</s:Body></s:Envelope>`
	const response = `<m:%[1]sResponse><m:ResponseMessages><m:%[1]sResponseMessage ResponseClass="Success"><m:ResponseCode>NoError</m:ResponseCode>%[2]s</m:%[1]sResponseMessage></m:ResponseMessages></m:%[1]sResponse>`
	switch {
	case bytes.Contains(document, []byte("<m:ConvertId ")):
		return fmt.Sprintf(soap, fmt.Sprintf(response, "ConvertId",
			`<m:AlternateId xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="t:AlternateIdType" Format="EntryId" Id="AAAA" Mailbox="ex2010@contoso.example"/>`))
	case bytes.Contains(document, []byte("<m:GetFolder>")):
		name := folder.FindSubmatch(document)
		if name == nil {
			return ""
		}
		return fmt.Sprintf(soap, fmt.Sprintf(response, "GetFolder",
			fmt.Sprintf(`<m:Folders><t:Folder><t:FolderId Id="%[1]s" ChangeKey="AQAA"/><t:DisplayName>%[1]s</t:DisplayName></t:Folder></m:Folders>`, name[1])))
	}
	return ""
}
