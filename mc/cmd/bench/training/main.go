//go:build linux

// Command training measures the two training loops of package mc against NumPy, PyTorch and JAX,
// and what they are built of.
//
//	go run ./mc/cmd/bench/training [-quick | -large] [-only "deep 512" | -o mc/benchmarks/training.md] [-python PYTHON]
//
// All contenders run in turns, in one run, on one core with one thread each; times are CPU times of
// their processes. A peer that the Python interpreter cannot import is left out.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log"
	"os"
	"regexp"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"

	"projectpenalty/mc/cmd/bench/internal/peer"
	"projectpenalty/mc/cmd/internal/markdown"
	"projectpenalty/mc/internal/kernel"
)

func main() {
	log.SetFlags(0)
	quick := flag.Bool("quick", false, "small sizes and few rounds, under two minutes")
	output := flag.String("o", "", "Markdown file to write the tables to, besides the standard output")
	python := flag.String("python", ".venv/bench-training/bin/python", "interpreter that has the peers")
	script := flag.String("peers", "mc/cmd/bench/training/peers.py", "program that runs the peers")
	large := flag.Bool("large", false, "only the problem that is too large to form, without peers")
	only := flag.String("only", "", "regular expression of what to measure: gemm, gemm32, svd, deep or ratio and a "+
		"size, cores, softmax, factored, error or watching, as in \"deep 512\"")
	core := flag.Int("core", runtime.NumCPU()-1, "core to run on; -1 leaves that to the system")
	flag.Parse()
	wanted, err := regexp.Compile(*only)
	if err != nil {
		log.Fatalf("bench: -only: %v", err)
	}
	if *only != "" && *output != "" {
		log.Fatal("bench: -only measures a part, and -o is for all of it; give one of them")
	}

	all, err := unpinned()
	if err != nil {
		log.Fatalf("bench: cores: %v", err)
	}
	set := all
	if *core >= 0 {
		// Inherited by the threads started from here on and by the peers.
		set = unix.CPUSet{}
		set.Set(*core)
		if err := pin(&set); err != nil {
			log.Fatalf("bench: core %d: %v", *core, err)
		}
	}
	runtime.GOMAXPROCS(1)

	var text strings.Builder
	report := io.MultiWriter(os.Stdout, &text)
	b := &bench{out: report, quick: *quick, only: wanted, core: set, all: all}
	if *large {
		b.large()
	} else {
		b.peers = startPeers(*python, *script)
		defer b.peers.stop()
		b.run()
	}
	if *output != "" {
		old, err := os.ReadFile(*output)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			log.Fatal(err)
		}
		merged := introduction + withSection(string(old), sectionTitle(), text.String())
		if err := markdown.Save(*output, merged); err != nil {
			log.Fatal(err)
		}
	}
}

// unpinned returns the cores that this process may use.
func unpinned() (all unix.CPUSet, err error) {
	err = unix.SchedGetaffinity(0, &all)
	return all, err
}

// pin binds every thread of this process to the set: the runtime has started some already.
func pin(set *unix.CPUSet) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return err
	}
	for _, t := range threads {
		var id int
		if _, err := fmt.Sscan(t.Name(), &id); err != nil {
			return err
		}
		if err := unix.SchedSetaffinity(id, set); err != nil {
			return err
		}
	}
	return nil
}

// cpuSeconds is the CPU time that this process has used.
func cpuSeconds() float64 {
	t, err := peer.CPUSeconds()
	if err != nil {
		log.Fatal(err)
	}
	return t
}

// peak measures the multiply-adds per second of the micro-kernel on operands in the first-level
// cache, as floating-point operations per second.
func peak[T kernel.Element]() float64 {
	best := 0.0
	for range 40 {
		begin := cpuSeconds()
		flops := kernel.PeakWork[T](300)
		best = max(best, flops/(cpuSeconds()-begin))
	}
	return best
}
