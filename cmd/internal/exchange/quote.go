package exchange

// Quote writes a PowerShell string that stands for exactly s.
func Quote(s string) string { return quote(s) }
