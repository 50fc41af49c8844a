package config

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// TestTheShippedConfigurationsAreValid reads what stands in the manifests and in
// the comment of the unit.
func TestTheShippedConfigurationsAreValid(t *testing.T) {
	var configMap struct{ Data map[string]string }
	if err := yaml.Load(readFile(t, "../../../docs/kubernetes/configmap.yaml"), &configMap); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("config.yaml", []byte(configMap.Data["config.yaml"]), Options{Dir: "/etc/availproxy", SkipFiles: true, System: "linux"})
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		t.Errorf("it warns: %s", w)
	}

	var lines []string // "#   key: value" up to the first section of the unit
	for line := range strings.Lines(string(readFile(t, "../../../docs/systemd/availproxy.service"))) {
		if strings.HasPrefix(line, "[") {
			break
		}
		if text, ok := strings.CutPrefix(line, "#   "); ok && strings.Contains(text, ": ") || strings.HasSuffix(strings.TrimSpace(line), ":") && strings.HasPrefix(line, "#   ") {
			lines = append(lines, strings.TrimPrefix(text, "#   "))
		}
	}
	if _, err := Parse("config.yaml", []byte(strings.Join(lines, "")), Options{Dir: "/etc/availproxy", SkipFiles: true, System: "linux"}); err != nil || len(lines) < 5 {
		t.Errorf("the unit suggests %q: %v", lines, err)
	}
}
