//go:build linux

// Package peer runs a Python program beside a benchmark: requests in, one a line of JSON, answers
// out.
package peer

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// A Peer is a process that answers requests, with one thread.
type Peer struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// Start runs the script with its arguments.
func Start(python string, script ...string) (*Peer, error) {
	c := exec.Command(python, script...)
	c.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1", "MKL_NUM_THREADS=1",
		"NUMBA_NUM_THREADS=1")
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	p := &Peer{command: c, in: in, out: bufio.NewScanner(out)}
	p.out.Buffer(nil, 1<<28)
	return p, nil
}

// Ask sends a request and waits for the answer.
func (p *Peer) Ask(request, answer any) error {
	line, err := json.Marshal(request)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return err
	}
	if !p.out.Scan() {
		return fmt.Errorf("the peer ended: %v", p.out.Err())
	}
	return json.Unmarshal(p.out.Bytes(), answer)
}

// Stop ends the process.
func (p *Peer) Stop() {
	p.in.Close()
	p.command.Wait()
}

// CPUSeconds is the CPU time that this process has used.
func CPUSeconds() (float64, error) {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &t); err != nil {
		return 0, err
	}
	return float64(t.Sec) + 1e-9*float64(t.Nsec), nil
}

// Processor names the one that this runs on.
func Processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for _, line := range strings.Split(string(text), "\n") {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// Median returns the median of at least one number.
func Median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
