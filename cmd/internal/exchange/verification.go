package exchange

// Verification is how to see that all of it works: each look nearer to what a
// user sees than the one before.
type Verification struct {
	Config   string   // the configuration file
	ProxyURL string   // as Exchange has it
	Targets  []string // URLs of the other side, for Test-OAuthConnectivity
}

// Steps returns the looks, none of which changes anything.
func (v Verification) Steps() []Step {
	const nothing = "# nothing to undo: this step only looked"
	steps := []Step{{
		Title: "see that the proxy reaches the other side", Where: "the machine of the proxy",
		Why:      "availproxy explain tells what a message means that one of them shows.",
		Commands: []string{"# in each of the commands, MAILBOX is somebody of the other side"},
		Check: []string{
			"availproxy check --config " + quote(v.Config),
			"# availproxy lookup --config " + quote(v.Config) + " MAILBOX",
			"# availproxy test-oauth --config " + quote(v.Config) + " --service EWS --mailbox MAILBOX",
		},
		Shows:    "no finding that says fail, the hours of that mailbox, and ResultType Success",
		Rollback: []string{nothing},
	}}
	if len(v.Targets) > 0 {
		var tests []string
		for _, target := range v.Targets {
			tests = append(tests, "# Test-OAuthConnectivity -Service EWS -TargetUri "+quote(target)+" -Mailbox MAILBOX -Verbose | Format-List")
		}
		steps = append(steps, Step{
			Title: "see that newer servers reach the other side by themselves", Where: modernShell,
			Why:      "MAILBOX is one of your own here. That no mailbox is associated with it does no harm.",
			Commands: []string{"# remove the leading # and name the mailbox"},
			Check:    tests, Shows: "ResultType Success",
			Rollback: []string{nothing},
		})
	}
	return append(steps, Step{
		Title: "see that old servers ask the proxy", Where: "a browser on an old Client Access server, then Outlook or Outlook on the web of a user there",
		Why:      "Exchange reads a changed address space within some minutes.",
		Commands: []string{"# open " + v.ProxyURL + " as a user of the old organisation: the page says who you are, and that you may ask or not"},
		Check:    []string{"# invite somebody of the other side to a meeting, and look at the recent questions on the status page of the proxy"},
		Shows:    "free and busy hours instead of hatched lines, and the question on the page",
		Rollback: []string{nothing},
	})
}
