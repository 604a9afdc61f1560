package mc_test

import (
	"context"
	"slices"
	"syscall"
	"testing"
	"time"

	"projectpenalty/mc"
)

// Sharpness at every hundredth step of a run at 100×100, depth 3, against the same run with a bare
// trace, in turns: "overhead-%" is the median of what it adds, "products" what a record takes.
func BenchmarkSharpness(b *testing.B) {
	problem, err := mc.LowRank{Rows: 100, Cols: 100, Rank: 5, Observed: 2000, Seed: 1}.Problem()
	if err != nil {
		b.Fatal(err)
	}
	for name, optimizer := range map[string]mc.Optimizer{
		"GroupRMSProp": mc.GroupRMSProp{LearningRate: 1e-2}, "GD": mc.GD{LearningRate: 0.5},
	} {
		b.Run(name, func(b *testing.B) {
			d := mc.DeepMF{Depth: 3, Init: mc.Gaussian{Scale: 1e-2}, Optimizer: optimizer, Steps: 2000, Seed: 1}
			run := func(watch ...mc.Quantity) (time.Duration, *mc.Trace) {
				trace := &mc.Trace{Every: 100, Watch: watch}
				began := processorTime()
				if _, err := d.Solve(context.Background(), problem, trace); err != nil {
					b.Fatal(err)
				}
				return processorTime() - began, trace
			}
			var added []float64
			products := 0.0
			for b.Loop() {
				bare, _ := run()
				with, trace := run(mc.Sharpness{})
				added = append(added, 100*(with.Seconds()/bare.Seconds()-1))
				_, all := trace.Series("products with the Hessian", 0)
				products = 0
				for _, p := range all {
					products += p / float64(len(all))
				}
			}
			b.ReportMetric(median(added), "overhead-%")
			b.ReportMetric(products, "products")
		})
	}
}

// processorTime is that which the program has used, so that others on the machine do not count.
func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}
