// Command addons holds the programs that turn a bare node into a cluster for the tests: kube-router
// (enforces NetworkPolicies), CoreDNS and Helm. It runs the program it is called by (a link named
// coredns), or else the one that its first argument names (addons coredns -conf ...).
package main

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	router "github.com/cloudnativelabs/kube-router/v2/pkg/cmd"
	"github.com/cloudnativelabs/kube-router/v2/pkg/options"
	"github.com/coredns/coredns/coremain"
	_ "github.com/coredns/coredns/plugin/cache"
	_ "github.com/coredns/coredns/plugin/errors"
	_ "github.com/coredns/coredns/plugin/forward"
	_ "github.com/coredns/coredns/plugin/health"
	_ "github.com/coredns/coredns/plugin/hosts"
	_ "github.com/coredns/coredns/plugin/kubernetes"
	_ "github.com/coredns/coredns/plugin/log"
	_ "github.com/coredns/coredns/plugin/ready"
	"github.com/spf13/pflag"
	helm "helm.sh/helm/v4/pkg/cmd"
	"k8s.io/klog/v2"
)

// Each program reads os.Args as if it were alone: os.Args[0] is its own name.
var programs = map[string]func() error{
	"coredns":     func() error { coremain.Run(); return nil },
	"helm":        runHelm,
	"kube-router": runRouter,
}

func main() {
	run, ok := programs[filepath.Base(os.Args[0])]
	if !ok && len(os.Args) > 1 {
		os.Args = os.Args[1:]
		run, ok = programs[os.Args[0]]
	}
	if !ok {
		names := slices.Sorted(maps.Keys(programs))
		fmt.Fprintf(os.Stderr, "usage: addons {%s} [argument ...]\n", strings.Join(names, "|"))
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func runHelm() error {
	command, err := helm.NewRootCmd(os.Stdout, os.Args[1:], helm.SetupLogging)
	if err != nil {
		return err
	}
	return command.Execute()
}

// runRouter gives kube-router flag sets of its own: the global ones have a flag "version" already,
// from CoreDNS and from component-base.
func runRouter() error {
	logging := flag.NewFlagSet("klog", flag.ExitOnError)
	klog.InitFlags(logging)
	config := options.NewKubeRouterConfig()
	flags := pflag.NewFlagSet("kube-router", pflag.ExitOnError)
	config.AddFlags(flags)
	if err := flags.Parse(os.Args[1:]); err != nil {
		return err
	}
	for name, value := range map[string]string{"logtostderr": "true", "v": config.VLevel} {
		if err := logging.Set(name, value); err != nil {
			return err
		}
	}
	daemon, err := router.NewKubeRouterDefault(config)
	if err != nil {
		return err
	}
	return daemon.Run()
}
