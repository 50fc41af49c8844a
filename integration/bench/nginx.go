package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"os"
	"os/exec"
	"os/user"
	"text/template"
)

//go:embed nginx.conf.tmpl
var nginxText string

var nginxConf = template.Must(template.New("nginx.conf").Parse(nginxText))

var errNoNginx = errors.New("nginx is not installed (Debian: nginx-light)")

// findNginx finds the program, which Debian keeps where only root looks.
func findNginx() string {
	for _, name := range []string{"nginx", "/usr/sbin/nginx"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// startNginx starts nginx with nothing in its cache. Where the workload is one
// answer over and over, it gets that from the bare handler, so that all send the
// same bytes.
func startNginx(ctx context.Context, s *stage, w workload) (*server, error) {
	if s.nginx == "" {
		return nil, errNoNginx
	}
	listen, err := freeAddress()
	if err != nil {
		return nil, err
	}
	who, err := user.Current()
	if err != nil {
		return nil, err
	}
	token, err := os.ReadFile(s.path("token"))
	if err != nil {
		return nil, err
	}
	values := map[string]string{
		"User": who.Username, "Dir": s.dir, "Listen": listen, "Token": string(token), "Lifetime": lifetime,
		"Upstream": s.upstream(), "Scheme": "https", "Host": s.forest.Host(),
	}
	if w.source != nil {
		values["Upstream"], values["Scheme"] = w.source.address, "http"
	}
	var conf bytes.Buffer
	if err := nginxConf.Execute(&conf, values); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.path("nginx.conf"), conf.Bytes(), 0o600); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(s.path("nginx-cache")); err != nil {
		return nil, err
	}
	return run(ctx, s.dir, "nginx", listen, nil, s.nginx, "-p", s.dir, "-c", s.path("nginx.conf"))
}
