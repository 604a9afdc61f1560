#!/bin/sh
# All tests. The set-up has been done.
set -eu
PATH="$PWD/.venv/bin:$PATH"
step() { echo "== $*"; }

step "gofmt"
unformatted=$(gofmt -l .)
[ -z "$unformatted" ] || { echo "run gofmt -w on: $unformatted"; exit 1; }
step "go vet"
go vet ./... ./.ci/release
step "staticcheck"
staticcheck ./... ./.ci/release
PATH=$PATH:/usr/sbin command -v slurmctld >/dev/null || step "left out: sweeps on Slurm, which is not on this machine"
step "go test"
go test ./... ./.ci/release
step "go test of what mcsweep hands to Kubernetes, by its own types and a simulator"
go -C mc/sweep/command/kubernetestest test ./...
# The kernels by themselves choose the best instructions; here by others that the processor has.
for set in portable avx2; do
	step "go test of the kernels, $set"
	PENALTY_KERNEL=$set go test ./mc/internal/kernel -rapid.checks=20
done
if command -v qemu-aarch64-static >/dev/null; then
	step "go test of the kernels, arm64" # what depends on the matrix product; the rest is the portable code
	GOARCH=arm64 go test -exec qemu-aarch64-static ./mc/internal/kernel -short -rapid.checks=20 -run 'Gemm|Syrk|Triangles|Inverse|PolarOf|Sparse|Bits'
fi
step "notebooks and browser"
python -m pytest -q notebooks/machinery/tests
