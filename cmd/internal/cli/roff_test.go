package cli

import "testing"

func TestRoffPrintsTextAsItIs(t *testing.T) {
	tests := map[string]struct {
		write func(*roff)
		want  string
	}{
		"a path of Windows":        {func(r *roff) { r.lines(`C:\availproxy`) }, "C:\\eavailproxy\n"},
		"a line that begins a dot": {func(r *roff) { r.lines(".BR is no macro") }, "\\&.BR is no macro\n"},
		"an apostrophe in front":   {func(r *roff) { r.lines("'tis no macro") }, "\\(aqtis no macro\n"},
		"what is copied":           {func(r *roff) { r.lines("--flag ~/`x`") }, "\\-\\-flag \\(ti/\\(gax\\(ga\n"},
		"no paragraph at a heading": {func(r *roff) {
			r.section("NAME")
			r.prose("one\n\ntwo")
		}, ".SH NAME\none\n.PP\ntwo\n"},
		"an example": {func(r *roff) { r.prose("do\n\n    a:\n      b") }, "do\n.PP\n.RS 4\n.nf\na:\n  b\n.fi\n.RE\n"},
	}
	for name, tt := range tests {
		var r roff
		tt.write(&r)
		if got := r.String(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}
