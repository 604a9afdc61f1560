package mc

import (
	"cmp"
	"fmt"
	"strings"
)

// An Outcome is what experiments say of a claim.
type Outcome string

// The outcomes. A claim is supported if all its checks hold, refuted if all fail, and holds partly if some do; it is
// inconclusive as long as an interval straddles its threshold, and not run without data or if it was interrupted.
const (
	Supported    Outcome = "supported"
	Refuted      Outcome = "refuted"
	Partly       Outcome = "partly"
	Inconclusive Outcome = "inconclusive"
	NotRun       Outcome = "not run"
)

// A Verdict is computed from checks, each a statistic over seeds against a threshold that is stated beforehand. The zero
// value with a Claim is ready.
type Verdict struct {
	// Claim names what is judged, such as "C1".
	Claim string
	// Setting in which it is judged: sizes, data, number of seeds. Empty if there is nothing to say.
	Setting string
	// Checks in the order in which they were made.
	Checks []Check
	// Missing says why the claim was not judged: data that is not there, an interrupted run. Empty if it was.
	Missing string
}

// A Check is one statistic against one threshold.
type Check struct {
	// What was measured.
	What string
	// Interval of its median over seeds.
	Interval Interval
	// Bound to which it is compared; AtMost tells the direction.
	Bound  float64
	AtMost bool
	// Err, if not empty, says why there is no interval.
	Err string
}

// AtMost checks that the median of the values is at most the bound.
func (v *Verdict) AtMost(what string, bound float64, values ...float64) {
	v.check(what, bound, true, values)
}

// AtLeast checks that the median of the values is at least the bound.
func (v *Verdict) AtLeast(what string, bound float64, values ...float64) {
	v.check(what, bound, false, values)
}

func (v *Verdict) check(what string, bound float64, atMost bool, values []float64) {
	c := Check{What: what, Bound: bound, AtMost: atMost}
	var err error
	if c.Interval, err = MedianInterval(values); err != nil {
		c.Err = strings.TrimPrefix(err.Error(), "mc: MedianInterval: ")
	}
	v.Checks = append(v.Checks, c)
}

// Outcome of the check: Supported if the whole interval is on the right side of the bound, Refuted if it is on the wrong
// side, Inconclusive if it straddles the bound or there are no values.
func (c Check) Outcome() Outcome {
	lo, hi := c.Interval.Lo, c.Interval.Hi
	switch {
	case c.Err != "":
		return Inconclusive
	case c.AtMost && hi <= c.Bound, !c.AtMost && lo >= c.Bound:
		return Supported
	case c.AtMost && lo > c.Bound, !c.AtMost && hi < c.Bound:
		return Refuted
	}
	return Inconclusive
}

// String prints the check with its numbers.
func (c Check) String() string {
	sign := "≥"
	if c.AtMost {
		sign = "≤"
	}
	if c.Err != "" {
		return fmt.Sprintf("%s: %s", c.What, c.Err)
	}
	words := map[Outcome]string{Supported: "holds", Refuted: "fails", Inconclusive: "open"}
	return fmt.Sprintf("%s %v (%.0f %% interval, %d seeds), %s %.3g %s",
		c.What, c.Interval, 100*c.Interval.Confidence, c.Interval.N, sign, c.Bound, words[c.Outcome()])
}

// Outcome of the claim.
func (v *Verdict) Outcome() Outcome {
	if v.Missing != "" || len(v.Checks) == 0 {
		return NotRun
	}
	count := map[Outcome]int{}
	for _, c := range v.Checks {
		count[c.Outcome()]++
	}
	switch {
	case count[Inconclusive] > 0:
		return Inconclusive
	case count[Supported] == len(v.Checks):
		return Supported
	case count[Refuted] == len(v.Checks):
		return Refuted
	}
	return Partly
}

// String is the verdict in a line: claim C1: supported — and each check with its numbers.
func (v *Verdict) String() string {
	if v.Outcome() == NotRun {
		return fmt.Sprintf("claim %s: %s: %s", v.Claim, NotRun, cmp.Or(v.Missing, "no checks were made"))
	}
	parts := make([]string, len(v.Checks))
	for i, c := range v.Checks {
		parts[i] = c.String()
	}
	return fmt.Sprintf("claim %s: %s — %s", v.Claim, v.Outcome(), strings.Join(parts, "; "))
}
