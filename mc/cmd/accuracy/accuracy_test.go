package main

import (
	"reflect"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

func TestLiteral(t *testing.T) {
	for want, config := range map[string]any{
		"Ratio{}":                             mc.Ratio{},
		"ALS{Rank: 5, Lambda: Zero}":          mc.ALS{Rank: 5, Lambda: mc.Zero},
		"Ratio{Smoothing: 0.01, Polar: Fast}": mc.Ratio{Smoothing: 1e-2, Polar: mc.Fast},
		"DeepMF{Depth: 1, Penalty: Ratio{}, Lambda: 0.001, Optimizer: Adam{}, Seed: 17}": mc.DeepMF{Depth: 1,
			Penalty: mc.Ratio{}, Lambda: 1e-3, Optimizer: mc.Adam{}, Seed: 17},
		"Normalized(Spectrum{Name:\"Geman\"})": mc.Normalized(catalog.Geman),
		"Tune{Candidates: {Mean{}, R2RILS{Rank: 2}}}": mc.Tune{
			Candidates: []mc.Solver{mc.Mean{}, mc.R2RILS{Rank: 2}}},
	} {
		if got := literal(config); got != want {
			t.Errorf("%#v is printed as %s, want %s", config, got, want)
		}
	}
}

// Every solver completes the standard problem, or there is a reason why not.
func TestStandardIsComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range standard() {
		listed[reflect.TypeOf(s).Name()] = true
	}
	for _, s := range catalog.Solvers() {
		name := reflect.TypeOf(s.Solver).Name()
		if reason := elsewhere[name]; !listed[name] && reason == "" {
			t.Errorf("%s is neither among the solvers of the standard problem nor said to be for something else", name)
		}
	}
}
