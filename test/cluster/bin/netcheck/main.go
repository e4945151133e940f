// Netcheck is the small network program of the test pods: it opens sockets, probes those of others, and is the pause of a pod's sandbox.
package main

import (
	"fmt"
	"os"
)

const usage = `usage:
  netcheck listen SPEC...
      holds sockets and answers on them until SIGTERM. SPEC: [after=DURATION,]SOCKET, where SOCKET is
      tcp:PORT  udp:PORT                    all IPv4 addresses; tcp sends a banner and closes, udp echoes
      tcp:ADDRESS:PORT  udp:ADDRESS:PORT    one address; [::] is both families
      tcp6only:[ADDRESS]:PORT  udp6only:…   IPv6 alone
      pod:tcp:PORT  pod:udp:PORT            the pod's own IPv4 address
      udpclient:ADDRESS:PORT                sends one datagram there and keeps its ephemeral socket
  netcheck probe [--timeout DURATION] [--parallel N] [LINE...]
      says which ports answer; LINE: "tcp|udp ADDRESS PORT"; without one, reads lines from standard input
  netcheck resolve NAME
      prints the addresses of a name
  netcheck pause
      waits for SIGTERM and reaps orphans
`

// A usageError is a mistake in the arguments: exit 2. Any other error is a failure: exit 1.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func misuse(format string, values ...any) error {
	return usageError{fmt.Sprintf(format, values...)}
}

func main() {
	err := run(os.Args[1:])
	if err == nil {
		return
	}
	fmt.Fprintf(os.Stderr, "netcheck: %v\n", err)
	if _, ok := err.(usageError); ok {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	os.Exit(1)
}

func run(args []string) error {
	if len(args) == 0 {
		return misuse("a command is missing")
	}
	command, rest := args[0], args[1:]
	switch command {
	case "listen":
		return listen(rest)
	case "probe":
		return probe(rest)
	case "resolve":
		return resolve(rest)
	case "pause":
		return pause(rest)
	}
	return misuse("%q is no command", command)
}
