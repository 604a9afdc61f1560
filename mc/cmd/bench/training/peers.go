//go:build linux

package main

import (
	"log"

	"projectpenalty/mc/cmd/bench/internal/peer"
)

// A library is a Python process with one of them, which trains on request.
type library struct {
	name, version string
	*peer.Peer
}

type peers []*library

func startPeers(python, script string) peers {
	var list peers
	for _, name := range []string{"numpy", "numpy-inplace", "numpy-gram", "torch-f64", "torch-f32", "jax-f64",
		"jax-f32"} {
		process, err := peer.Start(python, script, name)
		if err != nil {
			log.Printf("bench: no peers: %v", err)
			return nil
		}
		var answer struct{ Version string }
		if err := process.Ask(map[string]any{"op": "version"}, &answer); err != nil {
			log.Printf("bench: without %s: %v", name, err)
			process.Stop()
			continue
		}
		list = append(list, &library{name, answer.Version, process})
	}
	return list
}

func (p *library) must(command map[string]any, answer any) {
	if err := p.Ask(command, answer); err != nil {
		log.Fatalf("bench: %s: %v", p.name, err)
	}
}

func (list peers) stop() {
	for _, p := range list {
		p.Stop()
	}
}

// named returns the library of that name, or nil.
func (list peers) named(name string) *library {
	for _, p := range list {
		if p.name == name {
			return p
		}
	}
	return nil
}

// A contender takes steps of a loop and returns the CPU seconds of each.
type contender struct {
	name string
	run  func(steps int) []float64
	stop func()
}

func (p *library) contender() contender {
	return contender{name: p.name, stop: func() {}, run: func(steps int) []float64 {
		var answer struct{ Seconds []float64 }
		p.must(map[string]any{"op": "run", "steps": steps}, &answer)
		return answer.Seconds
	}}
}
