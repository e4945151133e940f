#!/bin/sh
# Writes go.mod and go.sum anew for a version of Kubernetes: sh gen-gomod.sh 1.36.3
#
# k8s.io/kubernetes names its own libraries by paths inside its repository (=> ./staging/...), which
# nobody else can follow. Each becomes the published module of the same release: v0.36.3 for 1.36.3.
# etcd is the version that this Kubernetes names itself, hence the one it was tested with.
set -eu
cd "$(dirname "$0")"
version=${1:?a version of Kubernetes, like 1.36.3}
staging=v0.${version#1.}

rm -f go.sum
cat > go.mod <<END
module example.test/controlplane

go 1.26.0

require k8s.io/kubernetes v$version
END

kubernetes=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"GoMod": "\(.*\)".*/\1/p')
sed -n 's#^\t\(k8s.io/[a-z-]*\) => ./staging/.*#\1#p' "$kubernetes" | while read -r module; do
  go mod edit -replace "$module=$module@$staging"
done

etcd=$(sed -n 's#^\tgo.etcd.io/etcd/server/v3 \(v[^ ]*\).*#\1#p' "$kubernetes")
go mod edit -require "go.etcd.io/etcd/server/v3@$etcd" \
  -require k8s.io/kubectl@v0.0.0 -require k8s.io/component-base@v0.0.0 -require k8s.io/client-go@v0.0.0
go mod tidy
