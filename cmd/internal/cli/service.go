package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/spf13/cobra"

	"availproxy/cmd/internal/config"
	"availproxy/cmd/internal/osservice"
)

// newService holds what an administrator of Windows does with a service.
func newService(io IO) *cobra.Command {
	c := &cobra.Command{
		Use: "service", Short: "Run as a service of Windows", Args: cobra.NoArgs, RunE: help,
		Long: "service makes a service of Windows out of serve, and removes it. Warnings and errors go to the event log\n" +
			"Application, the log itself to a file. On Linux systemd does this; docs/systemd has its units.",
	}
	c.AddCommand(newServiceInstall(io),
		onService("uninstall", "Stop the service and remove it", osservice.Uninstall),
		onService("start", "Start the service and wait until it serves", osservice.StartService),
		onService("stop", "Stop the service and wait until it has finished what has begun", osservice.StopService))
	return c
}

// onlyOnWindows turns the command away elsewhere, as wrong use.
func onlyOnWindows(c *cobra.Command) error {
	if runtime.GOOS != "windows" {
		return usage("service %s: only Windows has these services; on Linux use the units for systemd", c.Name())
	}
	return nil
}

// installing is the command line of service install.
type installing struct {
	name, account, passwordFile string
	config, level, logFile      string
}

func newServiceInstall(io IO) *cobra.Command {
	var o installing
	c := &cobra.Command{
		Use: "install", Short: "Make the service, which Windows starts with the machine", Args: cobra.NoArgs,
		Long: "install makes a service that runs this very program with the configuration, starts with the machine, and is\n" +
			"started again when it fails: after 2 seconds, 10 seconds, and then each minute.\n\n" +
			"It runs as an account that Windows makes for it, NT SERVICE\\NAME, unless --account names another, for\n" +
			"instance a managed one, DOMAIN\\NAME$. Let that account read the configuration and the keys:\n\n" +
			"    icacls C:\\availproxy /grant \"NT SERVICE\\availproxy:(OI)(CI)RX\"\n\n" +
			"The event log has 1 and 2 when the service starts and has stopped, 100 for a warning, 200 for an error, and\n" +
			"201 when the service has ended by itself. sc control NAME paramchange reads the configuration anew.",
		RunE: func(c *cobra.Command, _ []string) error {
			if err := onlyOnWindows(c); err != nil {
				return err
			}
			return o.run(io)
		},
	}
	configFlag(c, &o.config)
	nameFlag(c, &o.name)
	f := c.Flags()
	f.StringVar(&o.account, "account", "", `account of the service; default NT SERVICE\NAME`)
	f.StringVar(&o.passwordFile, "password-file", "", "file with the password of --account, where it has one")
	f.StringVar(&o.level, "log-level", "info", "as of serve")
	f.StringVar(&o.logFile, "log-file", "", "as of serve; default availproxy.log beside the configuration")
	return c
}

// run looks at the configuration first: a service that cannot start is no service.
func (o *installing) run(io IO) error {
	path, err := filepath.Abs(o.config) // services start in the directory of the system
	if err != nil {
		return err
	}
	if _, err := config.Read(path, io.Getenv); err != nil {
		return configuration(err)
	}
	log := filepath.Join(filepath.Dir(path), "availproxy.log")
	if o.logFile != "" {
		if log, err = filepath.Abs(o.logFile); err != nil {
			return err
		}
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	service := osservice.Installation{
		Name: o.name, Executable: executable, Account: o.account,
		Arguments: []string{"serve", "--config", path, "--log-level", o.level, "--log-file", log},
	}
	if service.Password, err = readSecretFile("--password-file", o.passwordFile); err != nil {
		return err
	}
	if err := service.Check(); err != nil {
		return usage("service install: %w", err)
	}
	if err := osservice.Install(service); err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.Stdout, "The service %s is there. Let its account read %s and write %s, then: availproxy service start\n", o.name, filepath.Dir(path), log)
	return err
}

// onService is a command that does one thing to a service that is there.
func onService(verb, short string, do func(context.Context, string) error) *cobra.Command {
	var name string
	c := &cobra.Command{
		Use: verb, Short: short, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := onlyOnWindows(c); err != nil {
				return err
			}
			return do(c.Context(), name)
		},
	}
	nameFlag(c, &name)
	return c
}

func nameFlag(c *cobra.Command, name *string) {
	c.Flags().StringVar(name, "name", osservice.DefaultName, "name of the service and of the source of its events")
}
