// Mcsweep runs the sweeps of package grids from a shell: on all cores, on Slurm or on Kubernetes.
//
//	go run ./mc/cmd/mcsweep list
//	go run ./mc/cmd/mcsweep plan c7-full
//	go run ./mc/cmd/mcsweep run c7-full
//	go run ./mc/cmd/mcsweep run c7-full --engine slurm
//	go run ./mc/cmd/mcsweep help
package main

import (
	"projectpenalty/mc/sweep/command"
	"projectpenalty/mc/sweep/grids"
)

func main() { command.Main(grids.All()...) }
