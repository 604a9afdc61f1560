//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"os"
	"os/exec"
)

// A peer is a Python process with one library, which trains on request.
type peer struct {
	name, version string
	command       *exec.Cmd
	in            io.WriteCloser
	out           *bufio.Scanner
}

type peers []*peer

func startPeers(python, script string) peers {
	var list peers
	for _, name := range []string{"numpy", "numpy-inplace", "numpy-gram", "torch-f64", "torch-f32", "jax-f64", "jax-f32"} {
		c := exec.Command(python, script, name)
		in, err := c.StdinPipe()
		if err != nil {
			log.Fatal(err)
		}
		out, err := c.StdoutPipe()
		if err != nil {
			log.Fatal(err)
		}
		if err := c.Start(); err != nil {
			log.Printf("bench: no peers: %v", err)
			return nil
		}
		p := &peer{name: name, command: c, in: in, out: bufio.NewScanner(out)}
		p.out.Buffer(nil, 1<<24)
		var answer struct{ Version string }
		if !p.ask(map[string]any{"op": "version"}, &answer) {
			log.Printf("bench: without %s, which %s cannot import", name, python)
			p.stop()
			continue
		}
		p.version = answer.Version
		list = append(list, p)
	}
	return list
}

// ask sends a command and reads the answer; it reports false if the process has ended.
func (p *peer) ask(command map[string]any, answer any) bool {
	line, err := json.Marshal(command)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil || !p.out.Scan() {
		return false
	}
	if err := json.Unmarshal(p.out.Bytes(), answer); err != nil {
		log.Fatalf("bench: %s answers %q: %v", p.name, p.out.Text(), err)
	}
	return true
}

func (p *peer) must(command map[string]any, answer any) {
	if !p.ask(command, answer) {
		log.Printf("bench: %s ended", p.name)
		os.Exit(1)
	}
}

func (p *peer) stop() {
	p.in.Close()
	_ = p.command.Wait() // it failed to start, or is done
}

func (list peers) stop() {
	for _, p := range list {
		p.stop()
	}
}

// named returns the peer of that name, or nil.
func (list peers) named(name string) *peer {
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

func (p *peer) contender() contender {
	return contender{name: p.name, stop: func() {}, run: func(steps int) []float64 {
		var answer struct{ Seconds []float64 }
		p.must(map[string]any{"op": "run", "steps": steps}, &answer)
		return answer.Seconds
	}}
}
