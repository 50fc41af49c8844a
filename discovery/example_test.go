package discovery_test

import (
	"context"
	"fmt"

	"availproxy/discovery"
	"availproxy/freebusy"
)

// A connector with a fixed URL needs no network at all. Suffixes reach below a
// domain, and a domain that nobody configured is never looked for.
func ExampleDirectory_Routes() {
	d, err := discovery.New([]discovery.Connector{
		{
			Name:                 "ToChina",
			Enabled:              true,
			TargetAddressDomains: []string{"contoso.partner.mail.onmschina.cn"},
			TargetSharingEpr:     discovery.Clouds()["china"].EWS,
		},
		{
			Name:                 "ToFabrikam",
			Enabled:              true,
			TargetAddressDomains: []string{"*.fabrikam.example"},
			TargetSharingEpr:     "https://mail.fabrikam.example/EWS/Exchange.asmx",
		},
	}, discovery.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range d.Routes(context.Background(), []freebusy.Mailbox{
		freebusy.SMTP("lin@contoso.partner.mail.onmschina.cn"),
		freebusy.SMTP("mei@eu.fabrikam.example"),
		freebusy.SMTP("joe@fabrikam.example"),
	}) {
		if r.Err != nil {
			fmt.Println(r.Address, r.Err.Code)
			continue
		}
		fmt.Println(r.Address, r.Connector, r.Endpoint)
	}
	// Output:
	// lin@contoso.partner.mail.onmschina.cn ToChina https://partner.outlook.cn/EWS/Exchange.asmx
	// mei@eu.fabrikam.example ToFabrikam https://mail.fabrikam.example/EWS/Exchange.asmx
	// joe@fabrikam.example ErrorAddressSpaceNotFound
}

// An operator changes what the table of clouds says, and keeps the rest.
func ExampleCloud_Override() {
	china := discovery.Clouds()["china"].Override(discovery.Cloud{ACS: "acs.contoso.com"})
	fmt.Println(china.ACS, china.Graph)
	// Output: acs.contoso.com microsoftgraph.chinacloudapi.cn
}
