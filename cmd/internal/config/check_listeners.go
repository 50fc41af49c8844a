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
	if !c.TLS.Enabled() && c.exposed("listen", c.Listen) {
		c.fail("tls", fmt.Sprintf(exposedListener, c.Listen), "give certificate and key, or listen on 127.0.0.1")
	}
	c.file("admin.users_file", c.Admin.UsersFile)
	c.adminOffLoopback()
	c.distinct("listen", c.Listen, "admin.listen", c.Admin.Listen)
	c.distinct("listen", c.Listen, "admin.probes", c.Admin.Probes)
	c.distinct("admin.listen", c.Admin.Listen, "admin.probes", c.Admin.Probes)

	c.positive("timeouts.answer", c.Timeouts.Answer)
	if c.Timeouts.Answer >= c.Timeouts.Abandon {
		c.fail("timeouts.answer", fmt.Sprintf("%s is not shorter than abandon (%s)", c.Timeouts.Answer, c.Timeouts.Abandon),
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
	if t.Profile != Modern {
		c.warn(below(key, "profile"), fmt.Sprintf("%s lets in clients whose encryption is broken or weak", t.Profile),
			"switch TLS 1.2 on at the asking servers, then go back to modern")
	}
}

func (c *checker) adminOffLoopback() {
	if !c.exposed("admin.listen", c.Admin.Listen) {
		return
	}
	message := fmt.Sprintf(exposedListener, c.Admin.Listen)
	if c.Admin.UsersFile == "" {
		c.fail("admin.users_file", message, "name a file with lines of user:bcrypt, or listen on 127.0.0.1")
	}
	if !c.Admin.TLS.Enabled() {
		c.fail("admin.tls", message, "give certificate and key, or listen on 127.0.0.1")
	}
}

const exposedListener = "is required: %q can be reached from other machines"

// exposed reports whether other machines reach a listener. An address that
// could not be read is not held against the rest of the file.
func (c *checker) exposed(key string, l Listen) bool {
	return l != "" && !l.Loopback() && !c.isSpoiled(key)
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
}
