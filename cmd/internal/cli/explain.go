package cli

import (
	"io"
	"strings"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/explain"
)

// maxExplained is far more than the longest event.
const maxExplained = 4 << 20

func newExplain(std IO) *cobra.Command {
	var output string
	c := &cobra.Command{
		Use: "explain [TEXT]", Short: "Say what is behind an error, and what mends it",
		Long: "explain takes what somebody has seen: an event 4002 of an Exchange server, an answer in the developer tools of a\n" +
			"browser, a line of our log, a number (LID, 50xx, AADSTS, x-ms-diagnostics), or the id of a cause. Without TEXT it\n" +
			"reads the standard input. It exits with 1 when it knows nothing of what is in the text. Nothing leaves this machine.",
		Example: "  availproxy explain 'LID: 47932'\n  availproxy explain AADSTS700027\n  availproxy explain < event.txt",
		RunE: func(c *cobra.Command, args []string) error {
			if output != "text" && output != "json" {
				return usage("--output: want text or json")
			}
			text := strings.Join(args, " ")
			if len(args) == 0 || text == "-" {
				read, err := io.ReadAll(io.LimitReader(c.InOrStdin(), maxExplained))
				if err != nil {
					return err
				}
				text = string(read)
			}
			if strings.TrimSpace(text) == "" {
				return usage("explain: there is no text to explain")
			}
			catalogue, err := explain.Load()
			if err != nil {
				return err
			}
			return writeExplanation(std, explain.NewReport(catalogue.Explain(text)), output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "text", "text or json")
	return c
}

func writeExplanation(std IO, report explain.Report, output string) error {
	write := report.Text
	if output == "json" {
		write = report.JSON
	}
	if err := write(std.Stdout); err != nil {
		return err
	}
	if len(report.Causes) == 0 {
		return &exitError{code: exitOther}
	}
	return nil
}
