package mctest_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
	"projectpenalty/mc/mctest"
)

func TestPenalties(t *testing.T) {
	for _, p := range catalog.Penalties() {
		t.Run(fmt.Sprintf("%#v", p.Penalty), func(t *testing.T) {
			mctest.CheckApproximatePenalty(t, p.Penalty, p.Tolerance)
			if p.Homogeneous {
				mctest.CheckHomogeneous(t, p.Penalty, p.Degree)
			}
		})
	}
}

// Every penalty that has a proximal map in closed form, by its settings. Those whose value is
// approximate by choice have the map of the exact one, which the check cannot compare with such a
// value.
func TestProximalMaps(t *testing.T) {
	found := 0
	for _, p := range catalog.Penalties() {
		q, ok := p.Penalty.(mc.ProximalPenalty)
		if c, some := p.Penalty.(interface{ CheckProx() error }); some && c.CheckProx() != nil {
			ok = false
		}
		if ok && p.Tolerance == 0 {
			found++
			t.Run(fmt.Sprintf("%#v", p.Penalty), func(t *testing.T) { mctest.CheckProximal(t, q) })
		}
	}
	// Those that no gradient method takes, and sums.
	for _, q := range []mc.Penalty{
		mc.Schatten{P: 0.5}, mc.Schatten{P: 2.0 / 3}, mc.Times(3, mc.Schatten{P: 0.5}),
		mc.Sum(mc.Nuclear{}, mc.Times(0.5, mc.SquaredFrobenius{})),
		mc.Sum(mc.SquaredFrobenius{}, mc.L1{}, mc.Times(2, mc.SquaredFrobenius{})),
		mc.Sum(mc.Times(0.5, mc.SquaredFrobenius{}), mc.Schatten{P: 2.0 / 3}),
	} {
		t.Run(fmt.Sprintf("%#v",
			q), func(t *testing.T) { mctest.CheckProximal(t, q.(mc.ProximalPenalty)) })
	}
	if found < 7 {
		t.Errorf("%d penalties have a proximal map", found)
	}
}

func TestOptimizers(t *testing.T) {
	for _, o := range catalog.Optimizers() {
		t.Run(fmt.Sprintf("%#v", o), func(t *testing.T) { mctest.CheckOptimizer(t, o) })
	}
}

func TestSchedulesAndInits(t *testing.T) {
	for _, s := range catalog.Schedules() {
		t.Run(mc.Describe(s), func(t *testing.T) { mctest.CheckSettings(t, s) })
	}
	for _, i := range catalog.Inits() {
		t.Run(mc.Describe(i), func(t *testing.T) { mctest.CheckSettings(t, i) })
	}
}

func TestMeasurements(t *testing.T) {
	for _, m := range catalog.Measurements() {
		t.Run(m.Name, func(t *testing.T) { mctest.CheckMeasurement(t, m.Measurement) })
	}
}

// Each solver passes every check that its row of the catalogue does not exempt it from. Random
// tables are 100 per solver, 20 with -short, and as many as PENALTY_TABLES says: make test FULL=1
// tries 2,000.
func TestSolvers(t *testing.T) {
	tables := 100
	if testing.Short() {
		tables = 20
	}
	if text := os.Getenv("PENALTY_TABLES"); text != "" {
		var err error
		if tables, err = strconv.Atoi(text); err != nil || tables < 1 {
			t.Fatalf("PENALTY_TABLES is %q; it must be a number of tables, such as 2000", text)
		}
	}
	for _, s := range catalog.Solvers() {
		s.Tables = tables
		t.Run(fmt.Sprintf("%#v",
			s.Solver), func(t *testing.T) { mctest.CheckSolver(t, s.Solver, s.Claims) })
	}
}

func TestLosses(t *testing.T) {
	for _, l := range catalog.Losses() {
		t.Run(fmt.Sprintf("%#v", l), func(t *testing.T) { mctest.CheckLoss(t, l) })
	}
}
