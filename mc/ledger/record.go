package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"projectpenalty/mc"
)

// A Record is a verdict as JSON.
type Record struct {
	Claim      string     `json:"claim"`
	Setting    string     `json:"setting"`
	Outcome    mc.Outcome `json:"outcome"`
	Headline   string     `json:"headline"`
	Confidence float64    `json:"confidence"`
	Rule       string     `json:"rule"`
	Reason     string     `json:"reason,omitempty"`
	Missing    string     `json:"missing,omitempty"`
	Failed     []string   `json:"failed,omitempty"`
	Required   []Required `json:"required,omitempty"`
	Checks     []Check    `json:"checks"`
	Version    string     `json:"version"`
	Sources    string     `json:"sources,omitempty"` // see mc.Sources; 0.1 kept none
	Full       bool       `json:"full"`
	// Columns of the table behind the checks: left out where they are kept in a CSV file.
	Columns []Column `json:"columns,omitempty"`
}

// A Check is one check of a Record: its result, and the samples from which it was computed.
type Check struct {
	What        string     `json:"what"`
	Median      Number     `json:"median"`
	Lo          Number     `json:"lo"`
	Hi          Number     `json:"hi"`
	Confidence  Number     `json:"confidence"`
	Seeds       int        `json:"seeds"`
	Low         Number     `json:"low"`
	High        Number     `json:"high"`
	Bound       string     `json:"bound"`
	Null        *Number    `json:"null,omitempty"`
	Primary     bool       `json:"primary,omitempty"`
	Shown       bool       `json:"shown,omitempty"`
	Comparisons int        `json:"comparisons"`
	Outcome     mc.Outcome `json:"outcome"`
	Error       string     `json:"error,omitempty"`
	// Statistic is "median", "rate", "pairs won" or "count difference"; Of are the formulas of its
	// samples. Empty for a statistic of your own, which cannot be recomputed.
	Statistic string       `json:"statistic,omitempty"`
	Of        []mc.Formula `json:"of,omitempty"`
}

// A Required is a precondition, and the sample of those runs that meet it.
type Required struct {
	What string     `json:"what"`
	Met  string     `json:"met"` // in words
	Runs int        `json:"runs"`
	Of   mc.Formula `json:"of"`
}

// A Column has one number per seed.
type Column struct {
	Name   string   `json:"name"`
	Values []Number `json:"values"`
}

// A Number is a float64 that JSON can hold: what is not finite becomes a string, such as "+Inf" for
// the error of a run that failed.
type Number float64

// MarshalJSON writes a number, or a string if it is not finite.
func (n Number) MarshalJSON() ([]byte, error) {
	if f := float64(n); math.IsInf(f, 0) || math.IsNaN(f) {
		return json.Marshal(fmt.Sprint(f))
	}
	return json.Marshal(float64(n))
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *Number) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(strings.Trim(string(text), `"`), 64)
	if err != nil {
		return fmt.Errorf("ledger: %s is not a number", text)
	}
	*n = Number(f)
	return nil
}

// Of returns the record of a verdict, with the columns behind its checks.
func Of(v *mc.Verdict, full bool) Record {
	r := Record{
		Claim: v.Claim, Setting: v.Setting, Outcome: v.Outcome(), Headline: v.Headline(), Confidence: v.Confidence(),
		Rule: v.Words(), Reason: v.Reason(), Missing: v.Missing, Failed: v.Failed,
		Version: mc.Version, Sources: mc.Sources(), Full: full, Checks: []Check{},
	}
	if r.Outcome == mc.NotRun {
		r.Missing = cmp.Or(r.Missing, r.Reason) // what samples lack is not stored
	}
	have := map[string]mc.Sample{}
	for _, p := range v.Required {
		r.Required = append(r.Required, Required{p.What, p.String(), len(p.Met.Values), r.formula(have, p.Met, p.What)})
	}
	for _, c := range v.Checks {
		k := Check{
			What: c.What, Low: Number(c.Low), High: Number(c.High), Bound: c.Bound(), Null: (*Number)(c.Null),
			Primary: c.IsPrimary, Shown: c.Identity, Comparisons: c.Comparisons(), Outcome: c.Outcome(),
		}
		if i, err := c.Interval(); err != nil {
			k.Error = strings.TrimPrefix(err.Error(), "mc: ")
		} else {
			k.Median, k.Lo, k.Hi = Number(i.Median), Number(i.Lo), Number(i.Hi)
			k.Confidence, k.Seeds = Number(i.Confidence), i.N
		}
		kind, samples, ok := mc.Parts(c.Statistic)
		if ok {
			k.Statistic = kind
		}
		for n, s := range samples {
			name := c.What
			if len(samples) > 1 {
				name = fmt.Sprintf("%s: sample %d", c.What, n+1)
			}
			k.Of = append(k.Of, r.formula(have, s, name))
		}
		r.Checks = append(r.Checks, k)
	}
	return r
}

// formula returns that of a sample, of columns that the record then has.
func (r *Record) formula(have map[string]mc.Sample, s mc.Sample, name string) mc.Formula {
	f, columns := s.Formula(name)
	names := make([]string, len(columns))
	for i, column := range columns {
		called := free(have, column)
		names[i] = called
		if _, known := have[called]; !known {
			have[called] = column
			r.Columns = append(r.Columns, columnOf(called, column.Values))
		}
	}
	return renamed(f, &names)
}

// free is the column's name if no other column has it, else the name with a number.
func free(have map[string]mc.Sample, column mc.Sample) string {
	name := column.Name
	for n := 2; ; n++ {
		other, taken := have[name]
		if !taken || same(other.Values, column.Values) {
			return name
		}
		name = fmt.Sprintf("%s (%d)", column.Name, n)
	}
}

func same(a, b []float64) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if math.Float64bits(a[i]) != math.Float64bits(b[i]) {
			return false
		}
	}
	return true
}

// renamed gives the columns of the formula other names, in their order.
func renamed(f mc.Formula, names *[]string) mc.Formula {
	if f.Op == "" {
		f.Column, *names = (*names)[0], (*names)[1:]
		return f
	}
	of := make([]mc.Formula, len(f.Of))
	for i := range f.Of {
		of[i] = renamed(f.Of[i], names)
	}
	f.Of = of
	return f
}

func columnOf(name string, values []float64) Column {
	c := Column{Name: name, Values: make([]Number, len(values))}
	for i, x := range values {
		c.Values[i] = Number(x)
	}
	return c
}

// Verdict computes the verdict again from the columns. A check of a statistic of your own, or a
// rule of your own, is an error, and so is a column that is not there; but where a check had no
// interval, that column has no values.
func (r Record) Verdict() (*mc.Verdict, error) {
	rule := slices.IndexFunc(mc.Rules, func(rule mc.Rule) bool { return rule.Words == r.Rule })
	if rule < 0 {
		return nil, fmt.Errorf("ledger: claim %s: the rule %q is not one of package mc", r.Claim, r.Rule)
	}
	v := &mc.Verdict{Claim: r.Claim, Setting: r.Setting, Missing: r.Missing, Failed: r.Failed, Rule: mc.Rules[rule]}
	columns := map[string]mc.Sample{}
	for _, c := range r.Columns {
		s := mc.Sample{Name: c.Name, Values: make([]float64, len(c.Values))}
		for i, x := range c.Values {
			s.Values[i] = float64(x)
		}
		columns[c.Name] = s
	}
	for _, q := range r.Required {
		known := columns
		if q.Runs == 0 {
			known = withEmpty(columns, q.Of)
		}
		s, err := q.Of.Evaluate(known)
		if err != nil {
			return nil, fmt.Errorf("ledger: claim %s: %s: %w", r.Claim, q.What, err)
		}
		v.Require(q.What, s)
	}
	for _, k := range r.Checks {
		known := columns
		if k.Error != "" { // it may be of no values, which have no row in a table
			known = withEmpty(columns, k.Of...)
		}
		var of []mc.Sample
		for _, f := range k.Of {
			s, err := f.Evaluate(known)
			if err != nil {
				return nil, fmt.Errorf("ledger: claim %s: %s: %w", r.Claim, k.What, err)
			}
			of = append(of, s)
		}
		statistic, err := mc.StatisticOf(k.Statistic, of...)
		if err != nil {
			return nil, fmt.Errorf("ledger: claim %s: %s: %w", r.Claim, k.What, err)
		}
		check := &mc.Check{What: k.What, Statistic: statistic, Low: float64(k.Low), High: float64(k.High),
			Null: (*float64)(k.Null), IsPrimary: k.Primary, Identity: k.Shown}
		v.Add(check)
	}
	return v, nil
}

func withEmpty(columns map[string]mc.Sample, of ...mc.Formula) map[string]mc.Sample {
	known := maps.Clone(columns)
	addEmpty(known, of)
	return known
}

// addEmpty adds columns without values, where formulas name some that are not there.
func addEmpty(columns map[string]mc.Sample, of []mc.Formula) {
	for _, f := range of {
		if _, there := columns[f.Column]; f.Op == "" && !there {
			columns[f.Column] = mc.Sample{Name: f.Column}
		}
		addEmpty(columns, f.Of)
	}
}
