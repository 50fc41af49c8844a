package authn

import (
	"html/template"
	"net/http"
)

// page is what an admin sees who opens ProxyUrl in a browser, as Microsoft's
// troubleshooter tells them to (learn.microsoft.com
// troubleshoot-freebusy-issues-in-exchange-hybrid).
var page = template.Must(template.New("page").Parse(`<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>availproxy</title></head><body>
<h1>Exchange Web Services: free/busy proxy</h1>
<p>You are <strong>{{.Identity}}</strong>, known by <strong>{{.Identity.Mechanism}}</strong>,
and you {{if .Allowed}}<strong>may</strong> ask for free/busy information here.{{else}}may <strong>not</strong> ask for
free/busy information here: no entry of clients.allow names you.{{end}}</p>
<p>Exchange servers POST GetUserAvailability requests to this address.</p>
</body></html>
`))

// servePage tells a caller who it is, by which mechanism, and whether it is
// allowed.
func servePage(w http.ResponseWriter, id Identity, allowed bool) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'")
	w.Header().Set("Cache-Control", "no-store")
	page.Execute(w, struct {
		Identity Identity
		Allowed  bool
	}{id, allowed})
}
