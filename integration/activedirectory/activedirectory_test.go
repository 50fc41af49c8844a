package activedirectory

import "testing"

func TestStart(t *testing.T) {
	if !Inside(t) {
		return
	}
	f := Start(t)
	f.LogOn(t, ExchangeServer)
	f.LogOn(t, PrintServer)
	f.StopWinbind(t)
	f.StartWinbind(t)
}
