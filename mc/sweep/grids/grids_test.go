package grids

import (
	"fmt"
	"strings"
	"testing"
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

// A run of the first and the last method of C7 on the least problem, of its own, does what it says.
func TestTold(t *testing.T) {
	s := quick
	s.problem.Rows, s.problem.Cols, s.problem.Observed = 20, 20, 200
	p, err := s.problem.Problem()
	if err != nil {
		t.Fatal(err)
	}
	r, err := told{}.Solve(t.Context(), p)
	if err != nil || !(r.Loss < 1e-20) {
		t.Errorf("R2RILS of the true rank leaves %v, %v", r.Loss, err)
	}
}
