package admin

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"time"

	"availproxy/cmd/internal/history"
)

// files are the pages and what they look like. They need no build step, and work
// without any script.
//
//go:embed templates style.css icon.svg
var files embed.FS

// page is an HTML page: a template that defines "content", in the layout that all
// pages share.
type page struct {
	path     string // where it is, to mark it in the navigation
	title    string
	template *template.Template
}

func newPage(path, title, file string) page {
	return page{path, title, template.Must(template.New("layout.html").Funcs(words).
		ParseFS(files, "templates/layout.html", "templates/parts.html", "templates/"+file))}
}

// words are what all templates may call.
var words = template.FuncMap{
	"stamp":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 UTC") },
	"iso":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"day":    func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
	"ago":    func(t time.Time) string { return lasting(time.Since(t)) },
	"bars":   hopBars,
	"first":  first[history.Story],
	"left":   left,
	"ms":     milliseconds,
	"took":   history.Took,
	"plural": plural,
	"mib":    func(n int64) float64 { return float64(n) / (1 << 20) },
}

// write answers with that status and the page about data.
func (a *Admin) write(w http.ResponseWriter, status int, p page, data any) {
	var b bytes.Buffer
	err := p.template.Execute(&b, struct {
		Title, Path, Version string
		Lookups              bool
		Now                  time.Time
		Data                 any
	}{p.title, p.path, a.Version, a.mayLookUp(), time.Now(), data})
	if err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	b.WriteTo(w)
}

// file serves one of the files as it is. Its type is given, since on Windows the
// registry could say otherwise.
func file(name, contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		http.ServeFileFS(w, r, files, name)
	}
}
