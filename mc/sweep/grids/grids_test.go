package grids

import (
	"fmt"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// Every cell of every sweep is a valid problem and a valid solver, and each claim has a quick sweep and a full one of the
// same axes.
func TestGrids(t *testing.T) {
	axes := map[string]string{}
	for _, s := range All() {
		if err := s.Validate(); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, a := range s.Axes {
			names = append(names, a.Name)
		}
		axes[s.Name] = fmt.Sprint(names)
		checked := map[string]bool{}
		for i := range s.Len() {
			c := s.At(i)
			if v, ok := c.Solver.(interface{ Validate() error }); ok {
				if err := v.Validate(); err != nil {
					t.Errorf("%s %v: %v", s.Name, c.Levels, err)
				}
			}
			if name := fmt.Sprintf("%#v", c.Problem); c.Levels[len(c.Levels)-1] == "1" && !checked[name] {
				checked[name] = true
				p, err := c.Problem.Problem()
				if err != nil {
					t.Errorf("%s %v: %v", s.Name, c.Levels, err)
				} else if err := p.Validate(); err != nil {
					t.Errorf("%s %v: %v", s.Name, c.Levels, err)
				}
			}
		}
	}
	for _, name := range strings.Fields("c1 c2 c3 c5 c6 c7 c7-hill c8 c9 c10 c11") {
		if a, b := axes[name+"-quick"], axes[name+"-full"]; a == "" || a != b {
			t.Errorf("%s: axes %q quick, %q full", name, a, b)
		}
	}
	if _, err := Get("c12"); err == nil || !strings.Contains(err.Error(), "c7-full") {
		t.Errorf("unknown name: %v", err)
	}
}

// Methods that are told the rank have it right: they complete to rounding.
func TestTold(t *testing.T) {
	l := quick.problem
	l.Rows, l.Cols, l.Observed = 20, 20, 240
	p, err := l.Problem()
	if err != nil {
		t.Fatal(err)
	}
	for _, method := range []string{"R2RILS", "RiemannianCG"} {
		r, err := Told{method}.Solve(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if e := evaluate(p, r); !(e < 1e-15) {
			t.Errorf("%s of the true rank leaves the test error %v", method, e)
		}
	}
	if _, err := (Told{"R2RILS"}).Solve(t.Context(), mc.Problem{Train: p.Train}); err == nil || !strings.Contains(err.Error(), "Truth is nil") {
		t.Errorf("without a truth: %v", err)
	}
	if err := (Told{"SVT"}).Validate(); err == nil {
		t.Error("SVT passes for a method that is told the rank")
	}
}

func evaluate(p mc.Problem, r *mc.Result) float64 {
	if r.W != nil {
		return mc.Evaluate(p, r.W).Test
	}
	return mc.EvaluateFactors(p, r.Factors).Test
}
