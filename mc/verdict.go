package mc

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// An Outcome is the result of judging a claim by experiments.
type Outcome string

const (
	Supported Outcome = "supported"
	Refuted   Outcome = "refuted"
	// Partly: the claim holds in a part, and the checks say in which.
	Partly Outcome = "partly"
	// Inconclusive: an interval straddles its threshold, so that more seeds are needed.
	Inconclusive Outcome = "inconclusive"
	// Invalid: a precondition of the experiment was not met, so that its numbers say nothing.
	Invalid Outcome = "invalid"
	// NotRun: data or runs are missing.
	NotRun Outcome = "not run"
)

// A Verdict is computed from checks, each a statistic over seeds against a threshold that is stated
// beforehand. The zero value with a Claim is ready.
//
//	verdict := mc.Verdict{Claim: "C3", Setting: "100×100 of rank 5, 2000 entries"}
//	verdict.Require("training ends below 1e-6", loss.AtMost(1e-6))
//	verdict.AtLeast("decades by which depth 2 is behind depth 3", 0, two.Decades(three)).Primary()
type Verdict struct {
	// Claim names what is judged, such as "C1".
	Claim string
	// Setting in which it is judged: sizes, data, number of seeds. Empty if there is nothing to
	// say.
	Setting string
	// Rule says how checks combine. Default AllHold.
	Rule Rule
	// Checks in the order in which they were made. Those of a literal or a copy take the intervals
	// that its rule needs when it is asked for its outcome.
	Checks []*Check
	// Required are the preconditions, see [Verdict.Require].
	Required []Precondition
	// Failed preconditions that were found otherwise, in words.
	Failed []string
	// Missing says why the claim was not judged: data that is not there, an interrupted run. Empty
	// if it was.
	Missing string
}

// A Precondition of an experiment has 1 for each run that meets it, and 0 for each other.
type Precondition struct {
	What string
	Met  Sample
}

// String prints the precondition with the number of runs that meet it.
func (p Precondition) String() string {
	k, err := successes(p.Met.Values)
	if err != nil {
		return fmt.Sprintf("%s: %v", p.What, err)
	}
	return fmt.Sprintf("%s in %d of %d runs", p.What, k, len(p.Met.Values))
}

// failed says why the precondition is not met, or is empty.
func (p Precondition) failed() string {
	n := len(p.Met.Values)
	switch k, err := successes(p.Met.Values); {
	case err != nil:
		return fmt.Sprintf("%s: %v", p.What, err)
	case n == 0:
		return p.What + ": no runs"
	case k < n:
		return fmt.Sprintf("%s: not so in %d of %d runs", p.What, n-k, n)
	}
	return ""
}

// A Rule combines the outcomes of checks into that of a claim. [AllHold] and [NoRivalAhead] are the
// usual ones; a verdict with a rule of its own states it in Words.
type Rule struct {
	// Words state the rule.
	Words string
	// Combine gets the outcomes of the primary check and of all that count, the primary one among
	// them. The outcome of several primary checks is the worst: Refuted, else Inconclusive. It is
	// empty if no check is primary.
	Combine func(primary Outcome, all []Outcome) Outcome
	// Simultaneous widens the intervals so that they hold all at once (Bonferroni): needed where
	// any one of several comparisons can decide.
	Simultaneous bool
}

// Rules lists the rules of this package. A stored verdict is recomputed by the rule that has its
// Words.
var Rules = []Rule{AllHold, NoRivalAhead}

// AllHold supports a claim if all its checks hold. The claim is refuted if its primary check fails
// or all checks do, inconclusive while a check is open, and holds partly if another check fails.
// Each interval has the full confidence: that all hold at once is then no less certain (an
// intersection–union test, Berger 1982).
var AllHold = Rule{Words: "all checks hold", Combine: func(primary Outcome, all []Outcome) Outcome {
	count := map[Outcome]int{}
	for _, o := range all {
		count[o]++
	}
	switch {
	case primary == Refuted, count[Refuted] == len(all):
		return Refuted
	case count[Inconclusive] > 0:
		return Inconclusive
	case count[Refuted] > 0:
		return Partly
	}
	return Supported
}}

// NoRivalAhead is for claims such as "state of the art": each check says that one rival is not
// ahead. Any rival ahead refutes the claim, and it is supported if none is. The intervals hold for
// all rivals at once.
var NoRivalAhead = Rule{Words: "no rival is ahead", Simultaneous: true,
	Combine: func(_ Outcome, all []Outcome) Outcome {
		switch {
		case slices.Contains(all, Refuted):
			return Refuted
		case slices.Contains(all, Inconclusive):
			return Inconclusive
		}
		return Supported
	}}

// A Check is one statistic against one threshold: it holds if the statistic is from Low to High.
type Check struct {
	// What was measured: a noun phrase that can be read aloud.
	What string
	// Statistic that is compared.
	Statistic Statistic
	// Low and High bound it; −Inf or +Inf means no bound.
	Low, High float64
	// Null is the statistic's value if there is no effect, derived or measured; nil if not stated.
	Null *float64
	// IsPrimary marks the check that the claim stands or falls with, Identity one that cannot fail
	// and is shown, not counted.
	IsPrimary, Identity bool

	verdict *Verdict
}

// AtMost checks that a statistic is at most the bound.
func (v *Verdict) AtMost(what string, bound float64, s Statistic) *Check {
	return v.check(what, math.Inf(-1), bound, s)
}

// AtLeast checks that a statistic is at least the bound.
func (v *Verdict) AtLeast(what string, bound float64, s Statistic) *Check {
	return v.check(what, bound, math.Inf(1), s)
}

// Within checks that a statistic is equivalent to 0 within ±δ, by two one-sided tests (Schuirmann
// 1987), each of 5 %: the interval of 90 % has to lie within, and that of 95 % of a
// [CountDifference], which may miss on one side more often than on the other. That is not enough
// where few instances make the whole lead: if one in six of 20 differs by 3, a lead of δ = ½ is
// taken for none in 13 % of samples.
func (v *Verdict) Within(what string, delta float64, s Statistic) *Check {
	return v.check(what, -delta, delta, s)
}

func (v *Verdict) check(what string, low, high float64, s Statistic) *Check {
	return v.Add(&Check{What: what, Statistic: s, Low: low, High: high})
}

// Add adds a check, which then belongs to this verdict.
func (v *Verdict) Add(c *Check) *Check {
	c.verdict = v
	v.Checks = append(v.Checks, c)
	return c
}

// Primary makes this the check that the claim stands or falls with. Of several, the worst decides.
func (c *Check) Primary() *Check { c.IsPrimary = true; return c }

// IfNothing states the statistic's value if there is no effect. A check whose bound is that value
// holds only beyond the bound: to be exactly where nothing would be is no evidence.
func (c *Check) IfNothing(null float64) *Check { c.Null = &null; return c }

// Shown marks a check that cannot fail, such as an identity: it is shown, and not counted. A
// verdict whose primary check is shown is Invalid.
func (c *Check) Shown() *Check { c.Identity = true; return c }

// Require states a precondition of the experiment, such as that all runs stopped at one training
// loss. The sample has 1 for each run that meets it. If any does not, or there is none, the verdict
// is Invalid; if the sample lacks runs it is NotRun.
func (v *Verdict) Require(what string, met Sample) {
	v.Required = append(v.Required, Precondition{what, met})
}

// counted returns the checks that count. It makes all checks belong to this verdict: those of a
// literal belong to none, and those of a copy to the original.
func (v *Verdict) counted() []*Check {
	for _, c := range v.Checks {
		if c.verdict != v { // no write where nothing changes, so that goroutines may ask at once
			c.verdict = v
		}
	}
	return slices.DeleteFunc(slices.Clone(v.Checks), func(c *Check) bool { return c.Identity })
}

func (v *Verdict) rule() Rule {
	if v.Rule.Combine == nil {
		return AllHold
	}
	return v.Rule
}

// Words returns how the checks combine.
func (v *Verdict) Words() string { return v.rule().Words }

// Comparisons returns the number of checks whose intervals hold at once, this one among them.
func (c *Check) Comparisons() int {
	if c.verdict != nil && !c.Identity && c.verdict.rule().Simultaneous {
		return len(c.verdict.counted())
	}
	return 1
}

// Interval returns the interval of the statistic at the confidence that the check needs: 95 %, 90 %
// for two one-sided tests, see [Verdict.Within], and more where several comparisons make one
// verdict.
func (c *Check) Interval() (Interval, error) {
	miss := 1 - level
	if _, skew := c.Statistic.(countDifference); c.twoSided() && !skew {
		miss *= 2
	}
	i, err := c.Statistic.Interval(1 - miss/float64(c.Comparisons()))
	if err == nil && !(i.Lo <= i.Median && i.Median <= i.Hi) {
		err = fmt.Errorf("mc: the interval %v is not in order", i)
	}
	return i, err
}

func (c *Check) twoSided() bool { return !math.IsInf(c.Low, -1) && !math.IsInf(c.High, 1) }

// Confidence returns that of the check's outcome: the confidence of its interval for all
// comparisons at once, or that of each one-sided test where there are two.
func (c *Check) Confidence() float64 {
	i, err := c.Interval()
	if err != nil {
		return 0
	}
	miss := 1 - i.Confidence
	if c.twoSided() {
		miss /= 2
	}
	return max(0, 1-miss*float64(c.Comparisons()))
}

// Outcome returns that of the check: Supported if the whole interval is within the bounds, and off
// the one that [Check.IfNothing] states, Refuted if it is all outside on one side, Inconclusive if
// it straddles a bound or there are no values.
func (c *Check) Outcome() Outcome {
	i, err := c.Interval()
	atNull := func(end, bound float64) bool { return c.Null != nil && *c.Null == bound && end == bound }
	switch {
	case err != nil, atNull(i.Lo, c.Low), atNull(i.Hi, c.High):
		return Inconclusive
	case i.Lo >= c.Low && i.Hi <= c.High:
		return Supported
	case i.Lo > c.High, i.Hi < c.Low:
		return Refuted
	}
	return Inconclusive
}

// Bound prints the condition: ≥ 0.3, ≤ 1, within ±0.5.
func (c *Check) Bound() string {
	switch {
	case c.twoSided() && c.Low == -c.High:
		return fmt.Sprintf("within ±%.3g", c.High)
	case c.twoSided():
		return fmt.Sprintf("from %.3g to %.3g", c.Low, c.High)
	case math.IsInf(c.High, 1):
		return fmt.Sprintf("≥ %.3g", c.Low)
	}
	return fmt.Sprintf("≤ %.3g", c.High)
}

// Word returns the outcome in one word: holds, fails or open.
func (c *Check) Word() string {
	return map[Outcome]string{Supported: "holds", Refuted: "fails", Inconclusive: "open"}[c.Outcome()]
}

// AtOnce prints the confidence with which the intervals of several comparisons hold at once, such
// as "95.3 % for 5 at once"; it is empty where each is for itself.
func (c *Check) AtOnce() string {
	n := c.Comparisons()
	i, err := c.Interval()
	if n == 1 || err != nil {
		return ""
	}
	return fmt.Sprintf("%.3g %% for %d at once", 100*max(0, 1-float64(n)*(1-i.Confidence)), n)
}

// String prints the check with its numbers.
func (c *Check) String() string {
	i, err := c.Interval()
	if err != nil {
		return fmt.Sprintf("%s: %s", c.What, strings.TrimPrefix(err.Error(), "mc: "))
	}
	s := fmt.Sprintf("%s %v (%.3g %% interval", c.What, i, 100*i.Confidence)
	if all := c.AtOnce(); all != "" {
		s += ", " + all
	}
	s += fmt.Sprintf(", %d seeds), %s %s", i.N, c.Bound(), c.Word())
	if c.Null != nil {
		s += fmt.Sprintf(" (%.3g if there is nothing)", *c.Null)
	}
	if c.Identity {
		s += " (shown, not counted)"
	}
	return s
}

// Outcome returns that of the claim.
func (v *Verdict) Outcome() Outcome {
	counted := v.counted()
	if v.missing() != "" || len(counted) == 0 {
		return NotRun
	}
	if len(v.failed()) > 0 {
		return Invalid
	}
	var primary Outcome
	all := make([]Outcome, len(counted))
	for k, c := range counted {
		all[k] = c.Outcome()
		if c.IsPrimary && slices.Index(worse, all[k]) > slices.Index(worse, primary) {
			primary = all[k]
		}
	}
	return v.rule().Combine(primary, all)
}

// worse are the outcomes of checks, the worst last.
var worse = []Outcome{Supported, Inconclusive, Refuted}

// failed says why the verdict is Invalid: Failed, preconditions that are not met, primary checks
// that are not counted, and bounds that nothing meets.
func (v *Verdict) failed() []string {
	failed := slices.Clone(v.Failed)
	for _, p := range v.Required {
		if why := p.failed(); why != "" {
			failed = append(failed, why)
		}
	}
	for _, c := range v.Checks {
		if c.IsPrimary && c.Identity {
			failed = append(failed, c.What+": a primary check must count, and this one is only shown")
		}
		if !(c.Low <= c.High) { // also of NaN
			failed = append(failed, fmt.Sprintf("%s: the bounds are %v and %v; the first must not be above the second",
				c.What, c.Low, c.High))
		}
	}
	return failed
}

// missing says why the claim is not judged: Missing, or runs that a check lacks.
func (v *Verdict) missing() string {
	if v.Missing != "" {
		return v.Missing
	}
	for _, p := range v.Required {
		if p.Met.Lacks != "" {
			return p.Met.Lacks
		}
	}
	for _, c := range v.Checks {
		if lacks := c.Statistic.Incomplete(); lacks != "" {
			return lacks
		}
	}
	return ""
}

// Confidence returns that of the outcome: the least of the checks that count and have an interval,
// 0 if none has. Where any one of several checks could have made the outcome by chance, it is at
// most what is left when their chances of failing wrongly are added up: of the primary checks if
// the claim is refuted, of all if it holds partly.
func (v *Verdict) Confidence() float64 {
	var of []float64
	outcome, sure := v.Outcome(), 1.0
	for _, c := range v.counted() {
		i, err := c.Interval()
		if err != nil {
			continue
		}
		of = append(of, c.Confidence())
		if c.Comparisons() == 1 && (outcome == Partly || outcome == Refuted && c.IsPrimary) {
			sure -= (1 - i.Confidence) / 2 // on the side on which it fails
		}
	}
	if len(of) == 0 {
		return 0
	}
	return max(0, min(slices.Min(of), sure))
}

// Headline is the outcome in words that say how strong it is: a claim is supported, refuted or
// holds partly at a confidence of 95 % or more; below that the runs only suggest it.
func (v *Verdict) Headline() string {
	outcome := v.Outcome()
	if v.Confidence() < level-1e-9 {
		switch outcome {
		case Supported, Refuted, Partly:
			return fmt.Sprintf("suggests %s (%.3g %% confidence)", outcome, 100*v.Confidence())
		}
	}
	return string(outcome)
}

// Reason says why a verdict is Invalid or NotRun; empty for others.
func (v *Verdict) Reason() string {
	switch v.Outcome() {
	case NotRun:
		return cmp.Or(v.missing(), "no check that counts was made")
	case Invalid:
		return strings.Join(v.failed(), "; ")
	}
	return ""
}

// String is the verdict in a line: claim C1: supported — and each check with its numbers.
func (v *Verdict) String() string {
	if reason := v.Reason(); reason != "" {
		return fmt.Sprintf("claim %s: %s: %s", v.Claim, v.Outcome(), reason)
	}
	parts := make([]string, len(v.Checks))
	for i, c := range v.Checks {
		parts[i] = c.String()
	}
	rule := ""
	if len(v.counted()) > 1 {
		rule = " (rule: " + v.Words() + ")"
	}
	for _, p := range v.Required {
		parts = append(parts, "required: "+p.String())
	}
	return fmt.Sprintf("claim %s: %s%s — %s", v.Claim, v.Headline(), rule, strings.Join(parts, "; "))
}
