module example.test/netcheck

go 1.26.0
