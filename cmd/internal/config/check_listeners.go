package config

import (
	"fmt"
	"maps"
	"slices"
)

func (c *checker) listeners() {
	c.required("listen", string(c.Listen), "")
	c.required("admin.listen", string(c.Admin.Listen), "")
	c.tls("tls", c.TLS)
	c.tls("admin.tls", c.Admin.TLS)
	if !c.TLS.Enabled() && c.Listen != "" && !c.Listen.Loopback() {
		c.fail("tls", fmt.Sprintf("is required: %q can be reached from other machines", c.Listen),
			"give certificate and key, or listen on 127.0.0.1")
	}
	c.file("admin.users_file", c.Admin.UsersFile)
	c.adminOffLoopback()
	c.distinct("listen", c.Listen, "admin.listen", c.Admin.Listen)
	c.distinct("listen", c.Listen, "admin.probes", c.Admin.Probes)
	c.distinct("admin.listen", c.Admin.Listen, "admin.probes", c.Admin.Probes)

	c.positive("timeouts.answer", c.Timeouts.Answer)
	if c.Timeouts.Answer >= c.Timeouts.Abandon {
		c.fail("timeouts", fmt.Sprintf("answer (%s) must be shorter than abandon (%s)", c.Timeouts.Answer, c.Timeouts.Abandon),
			"what arrives after the answer still fills the cache")
	}
}

func (c *checker) tls(key string, t TLS) {
	if !t.Enabled() {
		return
	}
	c.required(below(key, "certificate"), string(t.Certificate), "key is given")
	c.required(below(key, "key"), string(t.Key), "certificate is given")
	c.file(below(key, "certificate"), t.Certificate)
	c.keyFile(below(key, "key"), t.Key)
}

func (c *checker) adminOffLoopback() {
	if c.Admin.Listen == "" || c.Admin.Listen.Loopback() {
		return
	}
	reached := fmt.Sprintf("is required: %q can be reached from other machines", c.Admin.Listen)
	c.required("admin.users_file", string(c.Admin.UsersFile), reached)
	if !c.Admin.TLS.Enabled() {
		c.fail("admin.tls", reached, "give certificate and key, or listen on 127.0.0.1")
	}
}

// distinct reports two listeners on the same address. Port 0 is always free.
func (c *checker) distinct(firstKey string, first Listen, key string, second Listen) {
	if first == second && first != "" && !first.anyPort() {
		c.fail(key, fmt.Sprintf("%q is taken by %s", second, firstKey), "choose another port")
	}
}

func (c *checker) outbound() {
	if len(c.NoProxy) > 0 && c.InternetWebProxy == "" {
		c.warn("no_proxy", "has no effect without internet_web_proxy", "")
	}
	for _, from := range slices.Sorted(maps.Keys(c.ConnectTo)) {
		c.warn(below("connect_to", string(from)), fmt.Sprintf("is dialled at %s", c.ConnectTo[from]), "meant for tests; remove it to reach the real host")
	}
	for _, name := range slices.Sorted(maps.Keys(c.Clouds)) {
		if name == NoCloud {
			c.fail(below("clouds", string(name)), "has no hosts to replace", "")
		}
	}
}
