package cli

import (
	"io"
	"os"

	"availproxy/cmd/internal/osservice"
)

// output is where the log of serve goes: to stderr, or to a file, and besides to
// whatever the host keeps for warnings. The caller closes it.
func (o *serving) output(std IO, host osservice.Host) (io.WriteCloser, error) {
	out := output{Writer: std.Stderr, file: io.NopCloser(nil)}
	if o.logFile != "" {
		file, err := os.OpenFile(o.logFile, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o640)
		if err != nil {
			return nil, err
		}
		out = output{file, file}
	}
	if host.Log != nil { // first, since a full disk must not keep a warning back
		out.Writer = io.MultiWriter(host.Log, out.Writer)
	}
	return out, nil
}

// output writes to one place and closes another.
type output struct {
	io.Writer
	file io.Closer
}

// Close implements [io.Closer].
func (o output) Close() error { return o.file.Close() }
