package sweep

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"projectpenalty/mc"
)

// BenchmarkCell is the time that a cell takes besides its solver's: the whole of a cell that does
// nothing, of which each is written and synced.
func BenchmarkCell(b *testing.B) {
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			spec := toys(max(1, b.N/3))
			b.ResetTimer()
			if _, err := (Local{Folder: b.TempDir(), Workers: workers}).Run(b.Context(), spec); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkOpen reads a million results of eight measures and groups them by two axes.
func BenchmarkOpen(b *testing.B) {
	const cells = 1_000_000
	spec := Spec{Name: "million", Problem: small, Solver: toy{}, Axes: []Axis{
		Over("Solver.Scale", many(100)...), Over("Problem.Noise", many(100)...), Seeds(100),
	}}
	folder := b.TempDir()
	if err := spec.store(folder).open(spec); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(filepath.Join(folder, resultsFile))
	if err != nil {
		b.Fatal(err)
	}
	rng, line := rand.New(rand.NewPCG(1, 1)), []byte{}
	r := &record{status: "step limit", values: make([]field[float64], len(usual))}
	for i := range cells {
		c := spec.At(i)
		full, err := c.record(spec.Axes)
		if err != nil {
			b.Fatal(err)
		}
		r.key, r.levels = full.key, full.levels
		for k, name := range usual {
			r.values[k] = field[float64]{name, rng.ExpFloat64()}
		}
		if line = r.append(line); len(line) > maxLine {
			if _, err := f.Write(line); err != nil {
				b.Fatal(err)
			}
			line = line[:0]
		}
	}
	if _, err := f.Write(line); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	info, err := os.Stat(f.Name())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		peak, stop := make(chan uint64), make(chan bool)
		go func() { // the most that the heap holds meanwhile
			most := uint64(0)
			for {
				select {
				case <-stop:
					peak <- most
					return
				case <-time.After(10 * time.Millisecond):
					runtime.ReadMemStats(&after)
					most = max(most, after.HeapInuse)
				}
			}
		}()
		table, err := Read(folder)
		if err != nil {
			b.Fatal(err)
		}
		groups, err := table.Group("Test", "Solver.Scale", "Problem.Noise")
		if err != nil || len(groups) != 10_000 || len(groups[9].Values) != 100 {
			b.Fatal(len(groups), err)
		}
		stop <- true
		b.ReportMetric(float64(<-peak)/1e6, "MB")
		runtime.KeepAlive(table)
	}
	b.ReportMetric(float64(info.Size())/1e6, "MB-file")
}

// BenchmarkWorkers runs 64 cells that compute, on one core and on two, in turns. On a machine that
// does other work too, the second core is not there to be had: then the processor time that the
// cells take, which two workers must not raise, tells.
func BenchmarkWorkers(b *testing.B) {
	spec := Spec{
		Name: "work", Problem: mc.LowRank{Rows: 40, Cols: 40, Rank: 2, Observed: 320}, Axes: []Axis{Seeds(64)},
		Solver: mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 1e-2},
			Steps: 1000},
	}
	var took, used [3]time.Duration
	for b.Loop() {
		for workers := 1; workers <= 2; workers++ {
			began, before := time.Now(), processor(b)
			if _, err := (Local{Folder: b.TempDir(), Workers: workers}).Run(b.Context(), spec); err != nil {
				b.Fatal(err)
			}
			took[workers] += time.Since(began)
			used[workers] += processor(b) - before
		}
	}
	b.ReportMetric(took[1].Seconds()/took[2].Seconds(), "times-faster-on-two")
	b.ReportMetric(used[2].Seconds()/used[1].Seconds(), "times-the-processor-time")
}

// processor returns the processor time of this process.
func processor(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
