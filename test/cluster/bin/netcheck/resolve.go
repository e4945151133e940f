package main

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"
)

const resolveDeadline = 10 * time.Second

// resolve prints the addresses of a name, sorted, as Go's own resolver finds them: /etc/hosts, then the servers and the search list of
// /etc/resolv.conf.
func resolve(args []string) error {
	if len(args) != 1 {
		return misuse("resolve takes one NAME")
	}
	ctx, cancel := context.WithTimeout(context.Background(), resolveDeadline)
	defer cancel()
	resolver := net.Resolver{PreferGo: true}
	addresses, err := resolver.LookupHost(ctx, args[0])
	if err != nil {
		return err
	}
	slices.Sort(addresses)
	for _, address := range addresses {
		fmt.Println(address)
	}
	return nil
}
