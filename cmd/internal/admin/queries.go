package admin

import (
	"encoding/json"
	"mime"
	"net/http"
	"strings"
)

var (
	queriesPage = newPage("/queries", "Questions", "queries.html")
	queryPage   = newPage("/queries", "Question", "query.html")
)

// queries shows the last questions, or gives them as a JSON document.
func (a *Admin) queries(w http.ResponseWriter, r *http.Request) {
	a.show(w, r, queriesPage, a.Queries())
}

// query shows the story of one question.
func (a *Admin) query(w http.ResponseWriter, r *http.Request) {
	story, known := a.Query(r.PathValue("id"))
	if !known {
		http.Error(w, "this question is not remembered, or there was none with this id", http.StatusNotFound)
		return
	}
	a.show(w, r, queryPage, story)
}

func (a *Admin) show(w http.ResponseWriter, r *http.Request, p page, data any) {
	if !wantsJSON(r) {
		a.write(w, http.StatusOK, p, data)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(data) // nobody is there any more
}

// wantsJSON reports whether a request prefers JSON to a page (RFC 9110 12.5.1): by
// format=json, or by asking for it and not for HTML.
func wantsJSON(r *http.Request) bool {
	if format := r.URL.Query().Get("format"); format != "" {
		return format == "json"
	}
	json := false
	for _, offer := range strings.Split(strings.Join(r.Header.Values("Accept"), ","), ",") {
		switch kind, parameters, err := mime.ParseMediaType(offer); {
		case err != nil || parameters["q"] == "0":
		case kind == "text/html":
			return false
		case kind == "application/json":
			json = true
		}
	}
	return json
}
