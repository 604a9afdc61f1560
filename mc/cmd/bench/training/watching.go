//go:build linux

package main

import (
	"context"
	"log"
	"math"
	"os"
	"path/filepath"
	"time"

	"projectpenalty/mc"
)

// watching measures what it adds to a run to watch the sharpness, and to be kept by a checkpoint.
func (b *bench) watching() {
	pairs := 10
	if b.quick {
		pairs = 5
	}
	p := loop{"deep", 100, 100, 2000}.problem()
	b.printf("### Watching a run, %% of its CPU time\n\nDepth 3 at 100×100 with 2,000 entries observed, %d runs of "+
		"each kind in turns. Sharpness: at every hundredth of\n4,000 steps from `Gaussian{Scale: 1e-2}`, against the "+
		"same trace without it, with its mean number of products with\nthe Hessian per record. Checkpoint: a file "+
		"at every one of 200 steps with Adam and a trace of them all; what one adds\nto 30 s.\n\n", pairs)
	b.printf("| | added | |\n|---|---|---|\n")
	for _, c := range []struct {
		name      string
		optimizer mc.Optimizer
	}{{"GroupRMSProp", mc.GroupRMSProp{LearningRate: 1e-2}}, {"GD", mc.GD{LearningRate: 0.5}}} {
		added, products := sharpnessCost(p, c.optimizer, pairs)
		b.printf("| sharpness at every hundredth step, %s | %s (%s–%s) | %.1f products |\n", c.name,
			number(added.median()), number(added.quantile(0.25)), number(added.quantile(0.75)), products)
	}
	added, wall := checkpointCost(p, pairs)
	b.printf("| a checkpoint every 30 s | %s (%s–%s) | %s with the disk |\n\n", number(added.median()),
		number(added.quantile(0.25)), number(added.quantile(0.75)), number(wall.median()))
}

// sharpnessCost returns by how many per cent it lengthens a run, once for each pair of runs, and
// the mean number of products per record.
func sharpnessCost(p mc.Problem, optimizer mc.Optimizer, pairs int) (added sample, products float64) {
	d := mc.DeepMF{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, Optimizer: optimizer, Steps: 4000, Seed: 1}
	run := func(watch ...mc.Quantity) (float64, *mc.Trace) {
		trace := &mc.Trace{Every: 100, Watch: watch}
		began := cpuSeconds()
		solve(d, p, trace)
		return cpuSeconds() - began, trace
	}
	run() // to warm up
	for range pairs {
		bare, _ := run()
		with, trace := run(mc.Sharpness{})
		added.seconds = append(added.seconds, 100*(with/bare-1))
		_, all := trace.Series("products with the Hessian", 0)
		products = 0
		for _, n := range all {
			products += n / float64(len(all))
		}
	}
	return added, products
}

// checkpointCost returns how many per cent of 30 s a file takes, in CPU time and by the clock.
func checkpointCost(p mc.Problem, pairs int) (added, wall sample) {
	const steps = 200
	d := mc.DeepMF{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, Optimizer: mc.Adam{}, Steps: steps, Seed: 1}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(folder)
	run := func(observers ...mc.Observer) (cpu, clock float64) {
		began, at := cpuSeconds(), time.Now()
		solve(d, p, append(observers, &mc.Trace{Every: 1})...)
		return cpuSeconds() - began, time.Since(at).Seconds()
	}
	share := func(with, without float64) float64 { return 100 * math.Max(0, with-without) / steps / 30 }
	for range pairs {
		bare, bareClock := run()
		each, eachClock := run(mc.Checkpoint{File: filepath.Join(folder, "run"), Interval: 1})
		added.seconds = append(added.seconds, share(each, bare))
		wall.seconds = append(wall.seconds, share(eachClock, bareClock))
	}
	return added, wall
}

func solve(d mc.DeepMF, p mc.Problem, observers ...mc.Observer) {
	if _, err := d.Solve(context.Background(), p, observers...); err != nil {
		log.Fatal(err)
	}
}
