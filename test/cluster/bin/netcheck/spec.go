package main

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

type kind int

const (
	tcpServer kind = iota
	udpServer
	udpClient
)

// A spec is one socket of `listen`: what it is, in the words of Go's net package, and when it opens.
type spec struct {
	kind    kind
	network string // tcp, tcp4, tcp6, udp, …
	address netip.AddrPort
	pod     bool // the address is the pod's own, found when the socket opens
	after   time.Duration
}

func parseSpec(text string) (spec, error) {
	socket, after := text, time.Duration(0)
	if delay, ok := strings.CutPrefix(text, "after="); ok {
		duration, rest, _ := strings.Cut(delay, ",")
		parsed, err := time.ParseDuration(duration)
		if err != nil || parsed < 0 {
			return spec{}, misuse("%q: %q is no duration like 20s", text, duration)
		}
		socket, after = rest, parsed
	}
	parsed, err := parseSocket(socket)
	if err != nil {
		return spec{}, misuse("%q: %v", text, err)
	}
	parsed.after = after
	return parsed, nil
}

func parseSocket(text string) (spec, error) {
	name, where, _ := strings.Cut(text, ":")
	switch name {
	case "tcp", "udp":
		return parseServer(name, where)
	case "tcp6only", "udp6only":
		return parseIPv6Server(strings.TrimSuffix(name, "only"), where)
	case "pod":
		return parsePodServer(where)
	case "udpclient":
		address, err := netip.ParseAddrPort(where)
		if err != nil || address.Port() == 0 {
			return spec{}, misuse("%q is no ADDRESS:PORT", where)
		}
		return spec{kind: udpClient, network: family("udp", address.Addr()), address: address}, nil
	}
	return spec{}, misuse("%q is no socket: tcp:, udp:, tcp6only:, udp6only:, pod: or udpclient:", text)
}

func parseServer(protocol, where string) (spec, error) {
	if port, err := parsePort(where); err == nil {
		return spec{kind: server(protocol), network: protocol + "4", address: netip.AddrPortFrom(netip.IPv4Unspecified(), port)}, nil
	}
	address, err := netip.ParseAddrPort(where)
	if err != nil {
		return spec{}, misuse("%q is no PORT and no ADDRESS:PORT", where)
	}
	return spec{kind: server(protocol), network: family(protocol, address.Addr()), address: address}, nil
}

func parseIPv6Server(network, where string) (spec, error) {
	address, err := netip.ParseAddrPort(where)
	if err != nil || !address.Addr().Is6() {
		return spec{}, misuse("%q is no [ADDRESS]:PORT of IPv6", where)
	}
	return spec{kind: server(network), network: network, address: address}, nil
}

func parsePodServer(text string) (spec, error) {
	protocol, where, _ := strings.Cut(text, ":")
	port, err := parsePort(where)
	if err != nil || protocol != "tcp" && protocol != "udp" {
		return spec{}, misuse("%q is not tcp:PORT or udp:PORT", text)
	}
	return spec{kind: server(protocol), network: protocol + "4", address: netip.AddrPortFrom(netip.Addr{}, port), pod: true}, nil
}

// Go opens 0.0.0.0 on "tcp" for both families: an IPv4 address asks for "tcp4". [::] on "tcp" is both, as it should be.
func family(protocol string, address netip.Addr) string {
	if address.Is4() {
		return protocol + "4"
	}
	return protocol
}

func server(protocol string) kind {
	if strings.HasPrefix(protocol, "tcp") {
		return tcpServer
	}
	return udpServer
}

// Port 0 is any free one, as for bind(2).
func parsePort(text string) (uint16, error) {
	port, err := strconv.ParseUint(text, 10, 16)
	return uint16(port), err
}
