package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"availproxy/cmd/internal/config"
)

// words are the values of the flags that take one of a few. A row with the name of
// the command goes before one without.
var words = map[string][]string{
	"--output":          {"text", "json"},
	"check --output":    {"text", "json", "html"},
	"--log-level":       {"wire", "debug", "info", "warn", "error"},
	"--log-format":      {"auto", "json", "text"},
	"--view":            views,
	"--as":              ages,
	"--service":         {"EWS", "AutoD", "Generic"},
	"export --format":   {"der", "pem", "base64"},
	"lookup --from":     {"today", "+1d", "+7d"},
	"lookup --to":       {"+1d", "+7d"},
	"lookup --interval": {"15", "30", "60"},
	"serve --lame-duck": {"0s", "5s", "15s", "30s"},
}

// files are the flags that name one; --config and the like say so themselves.
var files = []string{
	"ca", "calendars", "capture", "exports", "file", "key", "log-file", "out", "password-file", "token-file",
}

// completeFlags tells the shell what may follow each flag below c. What is neither
// a word, a name in the configuration nor a file gets no proposals: those of the
// shell would be files.
func completeFlags(c *cobra.Command) {
	for _, sub := range c.Commands() {
		completeFlags(sub)
	}
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if isMarked(f) || f.Value.Type() == "bool" {
			return
		}
		c.RegisterFlagCompletionFunc(f.Name, proposals(c, f.Name)) // its only error is one that is there already
	})
}

// isMarked reports whether the flag has said already that it names files.
func isMarked(f *pflag.Flag) bool {
	_, file := f.Annotations[cobra.BashCompFilenameExt]
	_, directory := f.Annotations[cobra.BashCompSubdirsInDir]
	return file || directory
}

func proposals(c *cobra.Command, flag string) cobra.CompletionFunc {
	switch {
	case slices.Contains(files, flag):
		return cobra.FixedCompletions(nil, cobra.ShellCompDirectiveDefault) // files
	case flag == "forest":
		return fromConfiguration(func(loaded *config.Config) (names []string) {
			for _, connector := range loaded.Connectors {
				names = append(names, connector.Name)
			}
			return names
		})
	case flag == "domain":
		return fromConfiguration(func(loaded *config.Config) (domains []string) {
			for _, connector := range loaded.Connectors {
				for _, domain := range connector.TargetAddressDomains {
					domains = append(domains, string(domain))
				}
			}
			return domains
		})
	}
	own, ok := words[c.Name()+" --"+flag]
	if !ok {
		own = words["--"+flag]
	}
	return cobra.FixedCompletions(own, cobra.ShellCompDirectiveNoFileComp)
}

// fromConfiguration proposes what stands in the file that --config names. It looks
// at no other file, and a file with mistakes proposes nothing.
func fromConfiguration(names func(*config.Config) []string) cobra.CompletionFunc {
	return func(c *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		path := c.Flag("config").Value.String()
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		loaded, err := config.Parse(path, data, config.Options{Dir: filepath.Dir(path), SkipFiles: true, AllowUnavailable: true})
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var found []string
		for _, name := range names(loaded) {
			if strings.HasPrefix(name, begun) {
				found = append(found, name)
			}
		}
		return found, cobra.ShellCompDirectiveNoFileComp
	}
}
