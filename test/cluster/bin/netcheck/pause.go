package main

import (
	"os"
	"os/signal"
	"syscall"
)

// pause is what a pod's sandbox runs: it holds the namespaces until SIGTERM. In a pod with shareProcessNamespace it is PID 1,
// and orphans come to it: each is waited for, or it stays a zombie.
func pause(args []string) error {
	if len(args) > 0 {
		return misuse("pause takes no arguments")
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGCHLD)
	reap() // those that ended before we listened
	for received := range signals {
		if received != syscall.SIGCHLD {
			return nil
		}
		reap() // signals of the same kind merge: one may stand for many children
	}
	return nil
}

func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err != syscall.EINTR && (err != nil || pid <= 0) {
			return
		}
	}
}
