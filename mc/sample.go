package mc

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A Sample is one number per seed, in the order of the seeds, so that two samples over the same
// seeds are pairs. It records whether runs are missing, and so does any sample computed from it.
type Sample struct {
	// Values of the seeds: +Inf as the error of a run that failed, NaN where no number is known, as
	// for the difference of two such errors. A NaN counts against both outcomes of a check.
	Values []float64
	// Lacks says which runs are missing, such as "3 of 60 runs are missing"; empty if none are.
	Lacks string
	// Name of the numbers, such as "ratio, relative error".
	Name string

	formula *Formula // nil: the numbers are as they were measured
	columns []Sample // that the formula names
}

// PerSeed makes a complete sample of values, one per seed.
func PerSeed(values ...float64) Sample { return Sample{Values: values} }

// Named returns the sample under a name, which its column has in the ledger's tables.
func (s Sample) Named(name string) Sample { s.Name = name; return s }

// Map returns the sample of f(x). A [Formula] holds no functions, so that these values count as
// measured.
func (s Sample) Map(f func(x float64) float64) Sample {
	mapped := Sample{Values: make([]float64, len(s.Values)), Lacks: s.Lacks, Name: s.Name}
	for i, x := range s.Values {
		mapped.Values[i] = f(x)
	}
	return mapped
}

// Minus returns the paired differences x − y, NaN if both runs failed (+Inf).
func (s Sample) Minus(t Sample) Sample { return apply(Formula{Op: "minus"}, s, t) }

// Plus returns the paired sums x + y, such as the number of problems that a method solves.
func (s Sample) Plus(t Sample) Sample { return apply(Formula{Op: "plus"}, s, t) }

// Decades returns the paired differences log₁₀(x/y): the powers of ten by which s is above t, 0 if
// both are exact (0), and NaN if both runs failed (+Inf).
func (s Sample) Decades(t Sample) Sample { return apply(Formula{Op: "decades"}, s, t) }

// Max returns the larger of each pair, such as the error of the worse of two methods.
func (s Sample) Max(t Sample) Sample { return apply(Formula{Op: "max"}, s, t) }

// Over returns the paired quotients x/y: 1 if both are exact (0), NaN if both runs failed (+Inf).
func (s Sample) Over(t Sample) Sample { return apply(Formula{Op: "over"}, s, t) }

// AtMost returns the sample of successes: 1 where x is at most the bound, 0 elsewhere.
func (s Sample) AtMost(bound float64) Sample { return apply(Formula{Op: "at most", Bound: bound}, s) }

// A Formula says how a sample is computed from the columns of a table, so that a verdict can be
// recomputed from stored numbers.
type Formula struct {
	// Op is "plus", "minus", "max", "decades", "over" or "at most", see the methods of [Sample] by
	// these names, and empty for a column as it is.
	Op string `json:"op,omitempty"`
	// Of what: two formulas, or one for "at most".
	Of []Formula `json:"of,omitempty"`
	// Bound of "at most". In JSON it is a string if it is not finite, such as "+Inf".
	Bound float64 `json:"bound,omitempty"`
	// Column names the column, where there is no Op.
	Column string `json:"column,omitempty"`
}

// bound is a float64 that JSON can hold, see [Formula.Bound].
type bound float64

// MarshalJSON writes a number, or a string if it is not finite.
func (b bound) MarshalJSON() ([]byte, error) {
	if !finite(float64(b)) {
		return json.Marshal(fmt.Sprint(float64(b)))
	}
	return json.Marshal(float64(b))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (b *bound) UnmarshalJSON(text []byte) error {
	x, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil {
		return fmt.Errorf("mc: Formula.Bound is %s; it must be a number, +Inf, -Inf or NaN", text)
	}
	*b = bound(x)
	return nil
}

type formulaFields Formula // without its methods

type formulaJSON struct {
	formulaFields
	Bound bound `json:"bound,omitempty"` // hides the other
}

// MarshalJSON writes the formula, with a Bound that is not finite as a string.
func (f Formula) MarshalJSON() ([]byte, error) {
	return json.Marshal(formulaJSON{formulaFields(f), bound(f.Bound)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Formula) UnmarshalJSON(text []byte) error {
	var j formulaJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*f = Formula(j.formulaFields)
	f.Bound = float64(j.Bound)
	return nil
}

// Formula returns how the sample is computed, and the columns that it is computed from, in the
// order in which the formula names them. A sample that was measured is its own column, named by
// Name or else as the argument says.
func (s Sample) Formula(name string) (Formula, []Sample) {
	if s.formula != nil {
		return *s.formula, s.columns
	}
	if s.Name == "" {
		s.Name = name
	}
	return Formula{Column: s.Name}, []Sample{s}
}

// Evaluate computes the sample from columns.
func (f Formula) Evaluate(columns map[string]Sample) (Sample, error) {
	if f.Op == "" {
		s, ok := columns[f.Column]
		if !ok {
			return Sample{}, fmt.Errorf("mc: Formula: there is no column %q", f.Column)
		}
		return s, nil
	}
	args := make([]Sample, len(f.Of))
	for i, of := range f.Of {
		var err error
		if args[i], err = of.Evaluate(columns); err != nil {
			return Sample{}, err
		}
	}
	switch want := operands[f.Op]; {
	case want == 0:
		return Sample{}, fmt.Errorf("mc: Formula.Op is %q; it must be plus, minus, max, decades, over or at most",
			f.Op)
	case want != len(args):
		return Sample{}, fmt.Errorf("mc: Formula.Of has %d formulas; %q takes %d",
			len(args), f.Op, want)
	}
	return apply(Formula{Op: f.Op, Bound: f.Bound}, args...), nil
}

var operands = map[string]int{"plus": 2, "minus": 2, "max": 2, "decades": 2, "over": 2, "at most": 1}

// apply computes an operation, seed by seed, and keeps how.
func apply(f Formula, args ...Sample) Sample {
	n := len(args[0].Values)
	r := Sample{formula: &f}
	for k, s := range args {
		if r.Lacks == "" {
			r.Lacks = s.Lacks
		}
		n = min(n, len(s.Values))
		of, columns := s.Formula(fmt.Sprintf("sample %d", k+1))
		f.Of = append(f.Of, of)
		r.columns = append(r.columns, columns...)
	}
	if len(args) == 2 && len(args[0].Values) != len(args[1].Values) && r.Lacks == "" {
		r.Lacks = fmt.Sprintf("pairs: %d values beside %d",
			len(args[0].Values), len(args[1].Values))
	}
	r.Values = make([]float64, n)
	for i := range n {
		x, y := args[0].Values[i], args[len(args)-1].Values[i]
		switch f.Op {
		case "at most":
			if x <= f.Bound {
				r.Values[i] = 1
			}
		case "plus":
			r.Values[i] = x + y
		case "max":
			r.Values[i] = max(x, y)
		case "minus":
			r.Values[i] = x - y
		case "decades":
			r.Values[i] = decades(x, y)
		case "over":
			if r.Values[i] = x / y; x == 0 && y == 0 {
				r.Values[i] = 1
			}
		}
	}
	return r
}

// decades is log₁₀(x/y), also where the quotient has no float64.
func decades(x, y float64) float64 {
	q := x / y
	switch {
	case x == 0 && y == 0:
		return 0
	case (q == 0 || math.IsInf(q, 0)) && x > 0 && y > 0:
		return math.Log10(x) - math.Log10(y)
	}
	return math.Log10(q)
}

// Interval returns the interval of the median over seeds, see [MedianInterval].
func (s Sample) Interval(confidence float64) (Interval, error) {
	return medianInterval(s.Values, confidence)
}

// Incomplete returns Lacks.
func (s Sample) Incomplete() string { return s.Lacks }
