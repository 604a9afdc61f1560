package mc

import (
	"encoding/json"
	"fmt"
	"slices"
)

// A Quantity is measured by a [Trace] at each state that it records, if its Watch names it:
//
//	trace := &mc.Trace{Every: 100, Watch: []mc.Quantity{mc.Sharpness{}, mc.Balance{}}}
//
// A Quantity is settings; the state of a run is its [Gauge].
type Quantity interface {
	// Watch returns the state of one run.
	Watch() Gauge
}

// A Gauge is the state of a [Quantity] in one run. A Gauge that measures steps as well as states
// has a method Next(*Step) []Reading. It is called at the state after a recorded one, and its
// readings are added to that record. A Gauge whose later readings depend on earlier states has the
// method Kept of a [Resumable].
type Gauge interface {
	// Measure returns the readings at a state, and none where the quantity has no value. The first
	// call is at the first state of the run; all are at finite iterates.
	Measure(s *Step) []Reading
}

// A Reading is a value, or some values that belong together, of a [Quantity].
type Reading struct {
	// Name in charts and tables, such as "sharpness".
	Name   string
	Values []float64
}

// Quantities are what a [Trace] watches. JSON and gob store their descriptions; quantities read
// from there have their descriptions and cannot measure.
type Quantities []Quantity

// Describe returns the descriptions of the quantities, see [Describe].
func (q Quantities) Describe() []string {
	texts := make([]string, len(q))
	for k, one := range q {
		texts[k] = Describe(one)
	}
	return texts
}

// MarshalJSON writes the descriptions.
func (q Quantities) MarshalJSON() ([]byte, error) { return json.Marshal(q.Describe()) }

// UnmarshalJSON reads what MarshalJSON writes.
func (q *Quantities) UnmarshalJSON(text []byte) error {
	var texts []string
	if err := json.Unmarshal(text, &texts); err != nil {
		return err
	}
	*q = nil
	for _, t := range texts {
		*q = append(*q, describedQuantity(t))
	}
	return nil
}

// GobEncode writes the descriptions.
func (q Quantities) GobEncode() ([]byte, error) { return q.MarshalJSON() }

// GobDecode reads what GobEncode writes.
func (q *Quantities) GobDecode(text []byte) error { return q.UnmarshalJSON(text) }

// describedQuantity is a quantity of which the description is known, and no more.
type describedQuantity string

func (d describedQuantity) GoString() string { return string(d) }

func (d describedQuantity) Watch() Gauge { return nil }

// Validate says that it cannot measure.
func (d describedQuantity) Validate() error {
	return fmt.Errorf("mc: Trace.Watch has %s as read from a file; write it in Go to watch it", string(d))
}

// Series returns value k, from 0, of the readings of a name, and the steps of the records that have
// it.
func (t *Trace) Series(name string, k int) (steps, values []float64) {
	for _, r := range t.Records {
		if v := r.Reading(name); k < len(v) {
			steps, values = append(steps, float64(r.Step)), append(values, v[k])
		}
	}
	return steps, values
}

// Readings returns the names of all readings of the trace, in the order of their first appearance.
func (t *Trace) Readings() []string {
	var names []string
	for _, r := range t.Records {
		for _, w := range r.Watched {
			if !slices.Contains(names, w.Name) {
				names = append(names, w.Name)
			}
		}
	}
	return names
}

// Reading returns the values of the reading of a name, nil if the record has none.
func (r Record) Reading(name string) []float64 {
	for _, w := range r.Watched {
		if w.Name == name {
			return w.Values
		}
	}
	return nil
}

// Validate says what is wrong with a quantity that is watched. [Iterate] asks it before the first
// step.
func (t *Trace) Validate() error {
	for k, q := range t.Watch {
		if q == nil {
			return fmt.Errorf("mc: Trace.Watch[%d] is nil; it must be a Quantity, such as mc.Sharpness{}", k)
		}
		if err := Validate(q); err != nil {
			return err
		}
	}
	return nil
}

// measure adds the readings at a state to its record, and those of the step since the last record
// to that one.
func (t *Trace) measure(s *Step, r *Record) {
	for _, g := range t.gauges {
		r.Watched = append(r.Watched, g.Measure(s)...)
	}
}

// follow adds readings of the step since the last record to it.
func (t *Trace) follow(s *Step) {
	if !t.awaits {
		return
	}
	t.awaits = false
	if !s.Finite() {
		return
	}
	last := &t.Records[len(t.Records)-1]
	for _, g := range t.gauges {
		if n, ok := g.(interface{ Next(*Step) []Reading }); ok {
			last.Watched = append(last.Watched, n.Next(s)...)
		}
	}
}
