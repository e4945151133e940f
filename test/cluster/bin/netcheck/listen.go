package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const banner = "netcheck\n"

// listen opens all sockets, says on standard output which, and serves them until SIGTERM or SIGINT. One that cannot be opened ends it.
func listen(args []string) error {
	if len(args) == 0 {
		return misuse("listen: a SPEC is missing")
	}
	specs := make([]spec, len(args))
	for i, arg := range args {
		parsed, err := parseSpec(arg)
		if err != nil {
			return err
		}
		specs[i] = parsed
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	failed := make(chan error, len(specs))
	for _, wanted := range specs {
		if wanted.after > 0 {
			time.AfterFunc(wanted.after, func() { open(wanted, failed) })
		} else {
			open(wanted, failed)
		}
	}
	select {
	case err := <-failed:
		return err
	case <-stop:
		return nil
	}
}

func open(wanted spec, failed chan<- error) {
	if wanted.pod {
		own, err := podAddress()
		if err != nil {
			failed <- err
			return
		}
		wanted.address = netip.AddrPortFrom(own, wanted.address.Port())
	}
	if err := serve(wanted, failed); err != nil {
		failed <- err
	}
}

func serve(wanted spec, failed chan<- error) error {
	switch wanted.kind {
	case tcpServer:
		listener, err := net.Listen(wanted.network, wanted.address.String())
		if err != nil {
			return err
		}
		fmt.Printf("listening tcp %s\n", listener.Addr())
		go greet(listener, failed)
	case udpServer:
		socket, err := net.ListenPacket(wanted.network, wanted.address.String())
		if err != nil {
			return err
		}
		fmt.Printf("listening udp %s\n", socket.LocalAddr())
		go echo(socket, failed)
	case udpClient:
		socket, err := net.ListenPacket(wanted.network, ":0")
		if err != nil {
			return err
		}
		if _, err := socket.WriteTo([]byte(banner), net.UDPAddrFromAddrPort(wanted.address)); err != nil {
			return err
		}
		fmt.Printf("sent udp %s\n", socket.LocalAddr())
		go drain(socket, failed)
	}
	return nil
}

func greet(listener net.Listener, failed chan<- error) {
	for {
		connection, err := listener.Accept()
		if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ECONNABORTED) {
			time.Sleep(10 * time.Millisecond) // too many at once, or one that went away: the listener itself is sound
			continue
		}
		if err != nil {
			failed <- err
			return
		}
		go func() {
			defer connection.Close()
			connection.SetDeadline(time.Now().Add(time.Second))
			connection.Write([]byte(banner))
		}()
	}
}

func echo(socket net.PacketConn, failed chan<- error) {
	buffer := make([]byte, 65535)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			failed <- err
			return
		}
		socket.WriteTo(buffer[:size], from) // who cannot be answered asks again
	}
}

// drain reads what comes back to the client, so that its receive queue stays empty. It never answers: nobody serves here.
func drain(socket net.PacketConn, failed chan<- error) {
	buffer := make([]byte, 65535)
	for {
		if _, _, err := socket.ReadFrom(buffer); err != nil {
			failed <- err
			return
		}
	}
}

// podAddress is the first IPv4 address that is not of the loopback interface: in a pod, the pod's own.
func podAddress() (netip.Addr, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, address := range addresses {
		prefix, err := netip.ParsePrefix(address.String())
		if err == nil && prefix.Addr().Is4() && prefix.Addr().IsGlobalUnicast() {
			return prefix.Addr(), nil
		}
	}
	return netip.Addr{}, errors.New("no interface has an IPv4 address that is not loopback")
}
