package mc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"path/filepath"
	"reflect"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// nearLimit is a problem with few entries more than degrees of freedom, on which the first attempt
// fails.
func nearLimit(t testing.TB) mc.Problem {
	p, err := mc.LowRank{Rows: 28, Cols: 28, Rank: 3, Observed: 175, MinPerLine: 4, Seed: 5104}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func solved(t *testing.T, s mc.Solver, p mc.Problem) (*mc.Result, *mc.RankCertificate) {
	t.Helper()
	r, err := s.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	return r, mc.Detail[*mc.RankCertificate](r)
}

// Restarts recover what one run does not, and the number of cores changes neither the attempt that
// wins nor a bit of its estimate.
func TestRestarts(t *testing.T) {
	p := nearLimit(t)
	if one, c := solved(t, mc.MatrixIRLS{Decay: 1.03}, p); c != nil || mc.Evaluate(p, one.W).RelativeError < 0.1 {
		t.Error("one run recovers the matrix: the problem is too easy to test restarts")
	}
	var first *mc.Result
	for _, cores := range []int{1, 2, 4} {
		before := runtime.GOMAXPROCS(cores)
		r, c := solved(t, mc.Restarts{}, p)
		runtime.GOMAXPROCS(before)
		// Rounding, times the condition of a problem with few redundant equations.
		if e := mc.Evaluate(p, r.W).RelativeError; r.Status != mc.Converged || !c.Holds() || !(e < 1e-9) {
			t.Fatalf("%v after %d restarts, relative error %v: %v", r.Status, r.Steps, e, c)
		}
		if r.Steps == 0 || c.Restart != r.Steps {
			t.Errorf("attempt %d won after %d restarts; the first should fail", c.Restart, r.Steps)
		}
		if first == nil {
			first = r
		} else if r.Steps != first.Steps || !mat.Equal(r.W, first.W) {
			t.Errorf("on %d cores attempt %d wins, on 1 attempt %d", cores, r.Steps, first.Steps)
		}
	}
}

// A run that is cut off goes on with the attempts that are left, and ends with the bits, the
// certificate and the trace of one that was not.
func TestRestartsGoOn(t *testing.T) {
	for name, c := range map[string]struct {
		problem  mc.Problem
		restarts mc.Restarts
	}{
		"certified":   {nearLimit(t), mc.Restarts{}},
		"uncertified": {completion(t, 20, 20, 3, 90, 1), mc.Restarts{Solver: mc.MatrixIRLS{Tolerance: 1e-2}, Most: 7}},
	} {
		t.Run(name, func(t *testing.T) {
			whole := &mc.Trace{Every: 1}
			alone, err := c.restarts.Solve(context.Background(), c.problem, whole)
			if err != nil {
				t.Fatal(err)
			}
			if alone.Steps < 2 {
				t.Fatalf("%d restarts are too few to be cut off", alone.Steps)
			}
			keep := mc.Checkpoint{File: filepath.Join(t.TempDir(), "run"), Interval: 1}
			for step := range alone.Steps - 1 { // each goes on for one attempt or none
				ctx, cancel := context.WithCancel(context.Background())
				_, err := c.restarts.Solve(ctx, c.problem, &mc.Trace{Every: 1}, keep, mc.ObserverFunc(func(s *mc.Step) {
					if s.Index < step-1 {
						t.Errorf("cut off after attempt %d, it goes on from %d", step-1, s.Index)
					}
					if s.Index >= step {
						cancel()
					}
				}))
				cancel()
				if !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
			}
			trace := &mc.Trace{Every: 1}
			r, err := c.restarts.Solve(context.Background(), c.problem, trace, keep)
			if err != nil {
				t.Fatal(err)
			}
			if !mat.Equal(r.W, alone.W) || r.Steps != alone.Steps || r.Status != alone.Status || r.Loss != alone.Loss {
				t.Errorf("ends elsewhere: step %d %v of %d %v", r.Steps, r.Status, alone.Steps, alone.Status)
			}
			got, want := mc.Detail[*mc.RankCertificate](r), mc.Detail[*mc.RankCertificate](alone)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("has the certificate %+v, want %+v", got, want)
			}
			if got, want := withoutTimes(t, trace), withoutTimes(t, whole); got != want {
				t.Errorf("has the trace\n%.2000s\nwant\n%.2000s", got, want)
			}
		})
	}
}

// A run without a certificate says so, and its estimate is that of the solver alone.
func TestRestartsUncertified(t *testing.T) {
	p := completion(t, 20, 20, 3, 90, 1) // of 111 degrees of freedom
	solver := mc.MatrixIRLS{Tolerance: 1e-2}
	r, c := solved(t, mc.Restarts{Solver: solver, Most: 3}, p)
	alone, _ := solved(t, solver, p)
	if r.Status != mc.StepLimit || r.Steps != 3 || c.Holds() || !mat.Equal(r.W, alone.W) {
		t.Errorf("%v after %d restarts: %v", r.Status, r.Steps, c)
	}
}

// Any solver whose runs depend on their beginning may be restarted: those of given rank, and
// gradient methods.
func TestRestartsOfOthers(t *testing.T) {
	p := completion(t, 20, 20, 2, 160, 1)
	for _, s := range []mc.Restarter{
		mc.MatrixIRLS{}, mc.MatrixIRLS{Rank: 2}, mc.R2RILS{Rank: 2}, mc.GaussNewton{Rank: 2},
		mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{LearningRate: 3e-2}, Steps: 1000},
	} {
		first, other := s.Restart(1), s.Restart(2)
		if s.Restart(0) != mc.Solver(s) || first == mc.Solver(s) || first == other {
			t.Errorf("%T: attempts 0, 1, 2 are %#v, %#v, %#v", s, s.Restart(0), first, other)
		}
		a, _ := solved(t, first, p)
		b, _ := solved(t, s, p)
		if mat.Equal(a.W, b.W) && a.Steps == b.Steps {
			t.Errorf("%T: another attempt is the same run", s)
		}
		r, c := solved(t, mc.Restarts{Solver: s}, p)
		if e := mc.Evaluate(p, r.W).RelativeError; !c.Holds() || c.Rank != 2 || !(e < rounding) {
			t.Errorf("%T: relative error %v: %v", s, e, c)
		}
		if mc.TargetRank(mc.Restarts{Solver: s}) != mc.TargetRank(s) {
			t.Errorf("%T: given rank %d", s, mc.TargetRank(mc.Restarts{Solver: s}))
		}
	}
}

func TestRankCertificateJSON(t *testing.T) {
	r, c := solved(t, mc.Restarts{}, completion(t, 20, 20, 2, 160, 1))
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back mc.Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if got := mc.Detail[*mc.RankCertificate](&back); got == nil || got.String() != c.String() ||
		got.Restart != c.Restart {
		t.Errorf("%v, was %v", got, c)
	}
}

func TestRestartsRefuses(t *testing.T) {
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.Restarts{Most: -1}, p, "Restarts.Most is -1; it must be at least 1, or 0 for 20")
	refuses(t, mc.Restarts{Solver: mc.MatrixIRLS{Decay: 1}}, p, "MatrixIRLS.Decay is 1; it must be above 1")
	refuses(t, mc.Restarts{Solver: mc.R2RILS{Rank: 7}}, p, "R2RILS.Rank is 7")
	refuses(t, mc.Restarts{}, sensed(t), "must be *mc.Observations")
}

// Recovery with a tenth more entries than degrees of freedom and without the true rank given; and
// what is said where it fails.
func ExampleRestarts() {
	for _, observed := range []int{175, 150} {
		problem, err := mc.LowRank{Rows: 28, Cols: 28, Rank: 3, Observed: observed, MinPerLine: 4, Seed: 5104}.Problem()
		if err != nil {
			log.Fatal(err)
		}
		result, err := mc.Restarts{Most: 4}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		c := mc.Detail[*mc.RankCertificate](result)
		fmt.Printf("%d entries: %v; certified: %v, of rank %d, with %d redundant equations\n",
			observed, result.Status, c.Holds(), c.Rank, c.Redundant)
	}
	// Output:
	// 175 entries: converged; certified: true, of rank 3, with 16 redundant equations
	// 150 entries: step limit; certified: false, of rank 2, with 0 redundant equations
}

// Any type with a Restart is a Restarter.
func ExampleRestarter() {
	for _, s := range []mc.Restarter{mc.R2RILS{Rank: 2}, mc.MatrixIRLS{}} {
		fmt.Println(mc.Describe(s.Restart(1)))
	}
	// Output:
	// mc.R2RILS{Rank:2, Steps:200, Tolerance:1e-15, Fill:1, Seed:0x1}
	// mc.MatrixIRLS{Rank:0, Decay:1.1, Steps:1000, Tolerance:1e-12, Fill:0.3, Seed:0x1}
}

// BenchmarkRestarts is one instance of the standard size with 1.2 times as many entries as degrees
// of freedom.
func BenchmarkRestarts(b *testing.B) {
	p := completion(b, 100, 100, 5, 1170, 5101)
	for b.Loop() {
		r, err := mc.Restarts{}.Solve(context.Background(), p)
		if err != nil || r.Status != mc.Converged {
			b.Fatal(r.Status, err)
		}
	}
}
