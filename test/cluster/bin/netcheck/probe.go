package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A busy machine loses a packet now and then: only a port that stays silent each time is silent.
const tries = 3

type target struct {
	protocol string // tcp or udp
	address  netip.AddrPort
}

type result struct {
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	// open: a TCP connection, a UDP answer; refused: ECONNREFUSED; silent: nothing, three times; error: anything else, see detail.
	Answer string `json:"answer"`
	Detail string `json:"detail"`
}

// probe prints a line of JSON for each target, in the order in which they were given. What it finds does not change its exit code.
func probe(args []string) error {
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	timeout := flags.Duration("timeout", 500*time.Millisecond, "")
	parallel := flags.Int("parallel", 64, "")
	if err := flags.Parse(args); err != nil {
		return misuse("probe: %v", err)
	}
	if *timeout <= 0 {
		return misuse("probe: --timeout must be more than 0")
	}
	if *parallel < 1 || *parallel > 4096 {
		return misuse("probe: --parallel must be from 1 to 4096")
	}
	lines := flags.Args()
	if len(lines) == 0 {
		read, err := readLines(os.Stdin)
		if err != nil {
			return err
		}
		lines = read
	}
	targets := make([]target, len(lines))
	for i, line := range lines {
		parsed, err := parseTarget(line)
		if err != nil {
			return err
		}
		targets[i] = parsed
	}
	return report(probeAll(targets, *timeout, *parallel))
}

func readLines(from io.Reader) ([]string, error) {
	var lines []string
	scanner := bufio.NewScanner(from)
	for scanner.Scan() {
		if strings.TrimSpace(scanner.Text()) != "" {
			lines = append(lines, scanner.Text())
		}
	}
	return lines, scanner.Err()
}

func parseTarget(line string) (target, error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return target{}, misuse("%q is not PROTOCOL ADDRESS PORT", line)
	}
	protocol := strings.ToLower(fields[0])
	if protocol != "tcp" && protocol != "udp" {
		return target{}, misuse("%q: the protocol must be tcp or udp", line)
	}
	address, err := netip.ParseAddr(fields[1])
	if err != nil {
		return target{}, misuse("%q: %q is no IP address (names: netcheck resolve)", line, fields[1])
	}
	port, err := parsePort(fields[2])
	if err != nil || port == 0 {
		return target{}, misuse("%q: the port must be from 1 to 65535", line)
	}
	return target{protocol, netip.AddrPortFrom(address, port)}, nil
}

func report(results []result) error {
	out := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(out)
	for _, found := range results {
		if err := encoder.Encode(found); err != nil {
			return err
		}
	}
	return out.Flush()
}

func probeAll(targets []target, timeout time.Duration, parallel int) []result {
	results := make([]result, len(targets))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(parallel, len(targets)) {
		workers.Go(func() {
			for i := range next {
				results[i] = targets[i].probe(timeout)
			}
		})
	}
	for i := range targets {
		next <- i
	}
	close(next)
	workers.Wait()
	return results
}

func (t target) probe(timeout time.Duration) result {
	ask := t.askTCP
	if t.protocol == "udp" {
		ask = t.askUDP
	}
	var err error
	for range tries {
		if err = ask(timeout); !isTimeout(err) {
			break
		}
	}
	answer, detail := classify(err)
	return result{strings.ToUpper(t.protocol), t.address.Addr().String(), t.address.Port(), answer, detail}
}

func classify(err error) (answer, detail string) {
	switch {
	case err == nil:
		return "open", ""
	case errors.Is(err, syscall.ECONNREFUSED):
		return "refused", ""
	case isTimeout(err):
		return "silent", ""
	}
	return "error", err.Error()
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

func (t target) askTCP(timeout time.Duration) error {
	connection, err := net.DialTimeout("tcp", t.address.String(), timeout)
	if err != nil {
		return err
	}
	return connection.Close()
}

// The socket is connected: only what comes from that address and port is read, and an ICMP "port unreachable" is an error.
func (t target) askUDP(timeout time.Duration) error {
	connection, err := net.DialTimeout("udp", t.address.String(), timeout)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := connection.Write([]byte(banner)); err != nil {
		return err
	}
	_, err = connection.Read(make([]byte, 65535))
	return err
}
