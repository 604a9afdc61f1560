package mc_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// The factor falls after Patience steps without an improvement and one more, rests for Cooldown
// steps, and stops at Final.
func TestPlateau(t *testing.T) {
	flat := func(p mc.Plateau, f func(step int) float64) string {
		w, factors := p.Watch(), ""
		for step := range 12 {
			factors += fmt.Sprintf("%g ", w.Next(f(step)))
		}
		return strings.TrimSpace(factors)
	}
	one := func(int) float64 { return 1 }
	for _, c := range []struct {
		p    mc.Plateau
		f    func(int) float64
		want string
	}{
		{mc.Plateau{Patience: 2, Gamma: 0.5}, one, "1 1 1 1 0.5 0.5 0.5 0.25 0.25 0.25 0.125 0.125"},
		{mc.Plateau{Patience: 2, Gamma: 0.5, Final: 0.3}, one, "1 1 1 1 0.5 0.5 0.5 0.3 0.3 0.3 0.3 0.3"},
		{mc.Plateau{Patience: 2, Gamma: 0.5, Cooldown: 4}, one, "1 1 1 1 0.5 0.5 0.5 0.5 0.5 0.5 0.5 0.25"},
		// Below 0 alike.
		{mc.Plateau{Patience: 2, Gamma: 0.5}, func(int) float64 { return -1 },
			"1 1 1 1 0.5 0.5 0.5 0.25 0.25 0.25 0.125 0.125"},
		{mc.Plateau{Patience: 1}, func(k int) float64 { return float64(3 - k) }, "1 1 1 1 1 1 1 1 1 1 1 1"},
		{mc.Plateau{Patience: 2, Gamma: 0.5, Threshold: 0.9},
			func(k int) float64 { return -math.Pow(1.2, float64(k)) }, "1 1 1 1 0.5 0.5 0.5 0.5 0.25 0.25 0.25 0.25"},
		{mc.Plateau{Patience: 1, Gamma: mc.Zero}, one, "1 1 1 0 0 0 0 0 0 0 0 0"},
		{mc.Plateau{Patience: 1}, func(k int) float64 { return math.Pow(0.5, float64(k)) },
			"1 1 1 1 1 1 1 1 1 1 1 1"},
		// A fall by less than the threshold is none.
		{mc.Plateau{Patience: 3, Gamma: 0.5, Threshold: 0.9},
			func(k int) float64 { return math.Pow(0.5, float64(k)) }, "1 1 1 1 1 1 1 1 1 1 1 1"},
		{mc.Plateau{Patience: 2, Gamma: 0.5, Threshold: 0.9},
			func(k int) float64 { return math.Pow(0.5, float64(k)) }, "1 1 1 1 0.5 0.5 0.5 0.5 0.25 0.25 0.25 0.25"},
	} {
		if got := flat(c.p, c.f); got != c.want {
			t.Errorf("%#v: the factors are\n%s, not\n%s", c.p, got, c.want)
		}
	}
}

// One value watches many runs: a second run is the same as the first. On the test error it does
// something else than on the training objective.
func TestPlateauOfDeepMF(t *testing.T) {
	p, err := mc.LowRank{Rows: 12, Cols: 12, Rank: 1, Observed: 70, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	of := func(plateau mc.Schedule) float64 {
		r, err := mc.DeepMF{
			Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-2, Optimizer: mc.Adam{LearningRate: 0.1},
			Schedule: plateau, Steps: 600,
		}.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		return mc.Evaluate(p, r.W).RelativeError
	}
	plateau := mc.Plateau{Patience: 10, Gamma: 0.5}
	a, b := of(plateau), of(plateau)
	plateau.OnTest = true
	if onTest, none := of(plateau), of(nil); a != b || a == none || a == onTest {
		t.Errorf("relative errors %v and %v of the same run, %v on the test error, %v without", a, b, onTest, none)
	}
}

// logged is gradient descent that logs the factors of its learning rate.
type logged struct {
	mc.GD
	log *factorLog
}

func (o logged) Start(shapes []mc.Shape) mc.Stepper {
	o.log.Stepper = o.GD.Start(shapes)
	return o.log
}

type factorLog struct {
	mc.Stepper
	now        float64
	seen, used []float64
}

func (l *factorLog) SetScale(factor float64) {
	l.now = factor
	l.Stepper.SetScale(factor)
}

func (l *factorLog) Step(params, grads []*mat.Dense) {
	l.used = append(l.used, l.now)
	l.Stepper.Step(params, grads)
}

func (l *factorLog) Observe(s *mc.Step) { l.seen = append(l.seen, l.now) }

// Observers see the learning rate of the step to come.
func TestPlateauIsSeenBeforeItsStep(t *testing.T) {
	log := &factorLog{}
	_, err := mc.DeepMF{
		Depth: 1, Optimizer: logged{mc.GD{LearningRate: 40}, log}, Schedule: mc.Plateau{Patience: 1, Gamma: 0.5},
		Steps: 12,
	}.Solve(context.Background(), smallProblem(t), log)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(log.used); n != 12 || !slices.Equal(log.seen[:n], log.used) || log.used[n-1] == 1 {
		t.Errorf("observers see the factors %v, the steps have %v", log.seen, log.used)
	}
}

func TestPlateauSettings(t *testing.T) {
	observed, err := mc.NewObservations(2, 2, []mc.Entry{{Row: 0, Col: 0, Value: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		solver mc.DeepMF
		want   string
	}{
		{mc.DeepMF{Depth: 1, Schedule: mc.Plateau{}}, "mc: Plateau.Patience is 0; it must be at least 1"},
		{mc.DeepMF{Depth: 1, Schedule: mc.WarmUp{Steps: 1, Then: mc.Plateau{Patience: 1}}},
			"mc: WarmUp.Then is mc.Plateau{Patience:1"},
		{mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1, LambdaSchedule: mc.Plateau{Patience: 1}},
			"mc: DeepMF.LambdaSchedule is mc.Plateau{Patience:1"},
		{mc.DeepMF{Depth: 1, Schedule: mc.Plateau{Patience: 1, OnTest: true}},
			"mc: DeepMF.Schedule is mc.Plateau{Patience:1"},
	} {
		_, err := c.solver.Solve(context.Background(), mc.Problem{Train: observed})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%#v: error %v, not %q", c.solver, err, c.want)
		}
	}
}

// Sign descent circles around the solution at the distance of a step; the steps shrink once it
// does.
func ExamplePlateau() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 60, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	for _, schedule := range []mc.Schedule{mc.Constant{}, mc.Plateau{Patience: 20, Gamma: 0.5}} {
		result, err := mc.DeepMF{
			Depth: 1, Optimizer: mc.SignSGD{LearningRate: 0.1}, Schedule: schedule, Steps: 1000,
		}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%-11T loss below 1e-6: %v\n", schedule, result.Loss < 1e-6)
	}
	// Output:
	// mc.Constant loss below 1e-6: false
	// mc.Plateau  loss below 1e-6: true
}

// The watcher of one run: three steps without an improvement are more than a patience of one
// accepts.
func ExampleWatchfulSchedule() {
	var schedule mc.WatchfulSchedule = mc.Plateau{Patience: 1}
	var watcher mc.ScheduleWatcher = schedule.Watch()
	for _, objective := range []float64{3, 2, 2, 2, 2} {
		fmt.Print(watcher.Next(objective), " ")
	}
	// Output:
	// 1 1 1 1 0.1
}
