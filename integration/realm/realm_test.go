package realm

import "testing"

func TestStart(t *testing.T) {
	r := Start(t, "CONTOSO.TEST")
	r.Account(t, "HTTP/localhost")
	r.LogOn(t, "EX2010$", r.Account(t, "EX2010$"))
}
