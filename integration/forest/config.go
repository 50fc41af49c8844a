package forest

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"text/template"
)

//go:embed config.yaml.tmpl
var configText string

// config writes the proxy's configuration for those forests. The file names in
// it are those of Material.
func (m Material) config() ([]byte, error) {
	t, err := template.New("config.yaml").Parse(configText)
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	connectTo := map[string]string{}
	var services []*Forest // those whose ACS are asked
	for _, f := range m.Forests {
		maps.Copy(connectTo, f.ConnectTo())
		if owner := cmp.Or(f.options.SharesACSWith, f); !slices.Contains(services, owner) {
			services = append(services, owner)
		}
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{
		"Proxy": m.Proxy, "Admin": m.Admin, "ConnectTo": connectTo, "Organization": m.Forests[0].Organization,
		"AuthServers": services, "Forests": m.Forests,
	})
	if err != nil {
		return nil, fmt.Errorf("forest: %w", err)
	}
	return b.Bytes(), nil
}

// Domain is the domain of the forest's addresses.
func (f *Forest) Domain() string { return f.options.Domain }

// DiscoveryEndpoint is the URL of autodiscover under the forest's own name.
func (f *Forest) DiscoveryEndpoint() string {
	return "https://" + f.discoverHost() + "/autodiscover/autodiscover.svc"
}

// AuthMetadataURL is the URL at which the ACS describes itself for the
// organization's realm.
func (f *Forest) AuthMetadataURL() string {
	return "https://" + f.options.ACSHost + "/" + f.Organization.Domain + "/metadata/json/1"
}

// AuthServer is the name of the ACS in the proxy's configuration.
func (f *Forest) AuthServer() string { return "ACS-" + f.options.ACSHost }
