package exchange

import "strings"

// Connector is an IntraOrganizationConnector of the proxy, as Exchange has it.
type Connector struct {
	Name                 string
	TargetAddressDomains []string
	DiscoveryEndpoint    string
}

// ToOnline returns the step by which servers that can do OAuth ask by themselves
// about the domains that the proxy is asked about by the others.
func (c Connector) ToOnline() Step {
	return c.step("let newer servers ask the other side by themselves", modernShell,
		"Servers before Exchange 2013 SP1 do not look at it and go on asking the proxy. Without it the newer ones ask the proxy, too.")
}

// ToPremises returns the step by which Exchange Online asks us, where it does.
func (c Connector) ToPremises(cloud string) Step {
	step := c.step("let the cloud ask your Exchange", onlineShell,
		"The other direction, which does not pass the proxy: DiscoveryEndpoint is autodiscover of your newest Exchange, which has to do OAuth itself.")
	step.Commands = append([]string{connectOnline(cloud)}, step.Commands...)
	return step
}

func (c Connector) step(title, where, why string) Step {
	find := "Get-IntraOrganizationConnector | Where-Object { $_.Name -eq " + quote(c.Name) + " }"
	settings := " -DiscoveryEndpoint " + quote(c.DiscoveryEndpoint) + " -TargetAddressDomains " + quoteAll(c.TargetAddressDomains) + " -Enabled $true"
	return Step{
		Title: title, Where: where, Why: why,
		Commands: []string{
			"if (" + find + ") { Set-IntraOrganizationConnector -Identity " + quote(c.Name) + settings + " } else { New-IntraOrganizationConnector -Name " + quote(c.Name) + settings + " }",
		},
		Check:    []string{"Get-IntraOrganizationConnector | Format-List Name,TargetAddressDomains,DiscoveryEndpoint,Enabled"},
		Shows:    "this connector, enabled, and its domains in no other one",
		Rollback: []string{"Set-IntraOrganizationConnector -Identity " + quote(c.Name) + " -Enabled $false"},
	}
}

func quoteAll(all []string) string {
	quoted := make([]string, len(all))
	for i, one := range all {
		quoted[i] = quote(one)
	}
	return strings.Join(quoted, ",")
}
