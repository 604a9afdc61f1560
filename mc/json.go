package mc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"gonum.org/v1/gonum/mat"
)

// JSON has no number that is not finite. A [Trace] and a [Result] write null in its place, and read
// null as NaN, except that a score that is null is +Inf. A matrix is an object with Rows, Cols and
// Data, row by row.

// jsonNumber is a float64 that JSON may have no number for.
type jsonNumber float64

func (x jsonNumber) MarshalJSON() ([]byte, error) {
	if !finite(float64(x)) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(x))
}

func (x *jsonNumber) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		*x = jsonNumber(math.NaN())
		return nil
	}
	return json.Unmarshal(text, (*float64)(x))
}

// convert changes the type of the elements, and keeps nil.
func convert[B, A ~float64](from []A) []B {
	if from == nil {
		return nil
	}
	to := make([]B, len(from))
	for k, x := range from {
		to[k] = B(x)
	}
	return to
}

func pointer[B, A ~float64](from *A) *B {
	if from == nil {
		return nil
	}
	to := B(*from)
	return &to
}

type matrixJSON struct {
	Rows, Cols int
	Data       []jsonNumber
}

func toJSON(w *mat.Dense) *matrixJSON {
	if w == nil {
		return nil
	}
	rows, cols := w.Dims()
	return &matrixJSON{rows, cols, convert[jsonNumber](mat.DenseCopyOf(w).RawMatrix().Data)}
}

func (m *matrixJSON) matrix() (*mat.Dense, error) {
	switch {
	case m == nil:
		return nil, nil
	case m.Rows < 1 || m.Cols < 1 || len(m.Data) != m.Rows*m.Cols:
		return nil, fmt.Errorf("mc: a %d×%d matrix in JSON has %d numbers", m.Rows, m.Cols, len(m.Data))
	}
	return mat.NewDense(m.Rows, m.Cols, convert[float64](m.Data)), nil
}

type recordJSON struct {
	Step                       int
	Elapsed                    time.Duration
	Loss, Penalty, Objective   jsonNumber
	Test, RelativeError        *jsonNumber
	SingularValues             []jsonNumber
	NuclearNorm, FrobeniusNorm jsonNumber
	EffectiveRank              jsonNumber
	Split                      *GradientSplit
	Alignment                  *UpdateAlignment
	Watched                    []Reading `json:",omitempty"`
}

// MarshalJSON writes null for a number that is not finite.
func (r Record) MarshalJSON() ([]byte, error) {
	return json.Marshal(recordJSON{
		r.Step, r.Elapsed, jsonNumber(r.Loss), jsonNumber(r.Penalty), jsonNumber(r.Objective),
		pointer[jsonNumber](r.Test), pointer[jsonNumber](r.RelativeError), convert[jsonNumber](r.SingularValues),
		jsonNumber(r.NuclearNorm), jsonNumber(r.FrobeniusNorm), jsonNumber(r.EffectiveRank), r.Split, r.Alignment,
		r.Watched,
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Record) UnmarshalJSON(text []byte) error {
	var j recordJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*r = Record{
		j.Step, j.Elapsed, float64(j.Loss), float64(j.Penalty), float64(j.Objective),
		pointer[float64](j.Test), pointer[float64](j.RelativeError), convert[float64](j.SingularValues),
		float64(j.NuclearNorm), float64(j.FrobeniusNorm), float64(j.EffectiveRank), j.Split, j.Alignment,
		j.Watched,
	}
	return nil
}

type readingJSON struct {
	Name   string
	Values []jsonNumber
}

// MarshalJSON writes null for a number that is not finite.
func (r Reading) MarshalJSON() ([]byte, error) {
	return json.Marshal(readingJSON{r.Name, convert[jsonNumber](r.Values)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Reading) UnmarshalJSON(text []byte) error {
	var j readingJSON
	err := json.Unmarshal(text, &j)
	*r = Reading{j.Name, convert[float64](j.Values)}
	return err
}

type splitJSON struct {
	Diagonal, OffDiagonal, Outside jsonNumber
	Matrix                         *matrixJSON
}

// MarshalJSON writes null for a number that is not finite.
func (g GradientSplit) MarshalJSON() ([]byte, error) {
	return json.Marshal(splitJSON{
		jsonNumber(g.Diagonal), jsonNumber(g.OffDiagonal), jsonNumber(g.Outside), toJSON(g.Matrix),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (g *GradientSplit) UnmarshalJSON(text []byte) error {
	var j splitJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	w, err := j.Matrix.matrix()
	*g = GradientSplit{float64(j.Diagonal), float64(j.OffDiagonal), float64(j.Outside), w}
	return err
}

type alignmentJSON struct {
	Norm, Diagonal jsonNumber
	Truth          *jsonNumber
	Gradient       jsonNumber
}

// MarshalJSON writes null for a number that is not finite.
func (a UpdateAlignment) MarshalJSON() ([]byte, error) {
	return json.Marshal(alignmentJSON{
		jsonNumber(a.Norm), jsonNumber(a.Diagonal), pointer[jsonNumber](a.Truth), jsonNumber(a.Gradient),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *UpdateAlignment) UnmarshalJSON(text []byte) error {
	var j alignmentJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*a = UpdateAlignment{
		float64(j.Norm), float64(j.Diagonal), pointer[float64](j.Truth), float64(j.Gradient),
	}
	return nil
}

// MarshalText writes the Status in words.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (s *Status) UnmarshalText(text []byte) error {
	k := slices.Index(statusNames[:], string(text))
	if k < 0 {
		return fmt.Errorf("mc: %q is not a Status", text)
	}
	*s = Status(k)
	return nil
}

type resultJSON struct {
	W       *matrixJSON
	Status  Status
	Steps   int
	Loss    jsonNumber
	Details []map[string]json.RawMessage
}

// MarshalJSON writes null for a number that is not finite. A detail is an object whose one key is
// its type, such as "Factors"; a *[Model] is left out, as package data saves it.
func (r Result) MarshalJSON() ([]byte, error) {
	j := resultJSON{W: toJSON(r.W), Status: r.Status, Steps: r.Steps, Loss: jsonNumber(r.Loss)}
	for _, d := range r.Details {
		kind := fmt.Sprintf("%T", d)
		switch d := d.(type) {
		case *Model, *nested: // are kept by other means
			continue
		case map[string]json.RawMessage: // it was read from JSON
			j.Details = append(j.Details, d)
			continue
		case *Factors:
			kind = "Factors"
		case Path:
			kind = "Path"
		case *Certificate:
			kind = "Certificate"
		case *Selection:
			kind = "Selection"
		case *RankCertificate:
			kind = "RankCertificate"
		case *GrossErrors:
			kind = "GrossErrors"
		case Unobserved:
			kind = "Unobserved"
		}
		text, err := json.Marshal(d)
		if err != nil {
			return nil, fmt.Errorf("mc: Result: detail %s: %w", kind, err)
		}
		j.Details = append(j.Details, map[string]json.RawMessage{kind: text})
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes. A detail of a type that is not of this package
// becomes a map[string]json.RawMessage of its type and its text.
func (r *Result) UnmarshalJSON(text []byte) error {
	var j resultJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	w, err := j.W.matrix()
	if err != nil {
		return err
	}
	*r = Result{W: w, Status: j.Status, Steps: j.Steps, Loss: float64(j.Loss)}
	for _, all := range j.Details {
		for kind, text := range all {
			var d any = map[string]json.RawMessage{kind: text}
			var err error
			switch kind {
			case "Factors":
				d, err = decoded[Factors](text)
			case "Path":
				var path Path
				err = json.Unmarshal(text, &path)
				d = path
			case "Certificate":
				d, err = decoded[Certificate](text)
			case "Selection":
				d, err = decoded[Selection](text)
			case "RankCertificate":
				d, err = decoded[RankCertificate](text)
			case "GrossErrors":
				d, err = decoded[GrossErrors](text)
			case "Unobserved":
				var u Unobserved
				err = json.Unmarshal(text, &u)
				d = u
			}
			if err != nil {
				return fmt.Errorf("mc: Result: detail %s: %w", kind, err)
			}
			r.Details = append(r.Details, d)
		}
	}
	return nil
}

func decoded[T any](text []byte) (*T, error) {
	d := new(T)
	return d, json.Unmarshal(text, d)
}

// MarshalJSON writes the matrices from W_1 to W_N.
func (f Factors) MarshalJSON() ([]byte, error) {
	all := make([]*matrixJSON, len(f.W))
	for j, w := range f.W {
		all[j] = toJSON(w)
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Factors) UnmarshalJSON(text []byte) (err error) {
	var all []*matrixJSON
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	f.W = make([]*mat.Dense, len(all))
	for j, m := range all {
		if f.W[j], err = m.matrix(); err != nil {
			return err
		}
	}
	return nil
}

type pathPointJSON struct {
	Lambda      jsonNumber
	Rank, Steps int
	Loss        jsonNumber
	Test        *jsonNumber
}

// MarshalJSON writes null for a number that is not finite.
func (p PathPoint) MarshalJSON() ([]byte, error) {
	return json.Marshal(pathPointJSON{
		jsonNumber(p.Lambda), p.Rank, p.Steps, jsonNumber(p.Loss), pointer[jsonNumber](p.Test),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (p *PathPoint) UnmarshalJSON(text []byte) error {
	var j pathPointJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*p = PathPoint{float64(j.Lambda), j.Rank, j.Steps, float64(j.Loss), pointer[float64](j.Test)}
	return nil
}

type certificateJSON struct {
	Y                                          []jsonNumber
	Bound, DualNorm, Nuclear, Gap, Feasibility jsonNumber
}

// MarshalJSON writes null for a number that is not finite.
func (c Certificate) MarshalJSON() ([]byte, error) {
	return json.Marshal(certificateJSON{
		convert[jsonNumber](c.Y), jsonNumber(c.Bound), jsonNumber(c.DualNorm), jsonNumber(c.Nuclear), jsonNumber(c.Gap),
		jsonNumber(c.Feasibility),
	})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Certificate) UnmarshalJSON(text []byte) error {
	var j certificateJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*c = Certificate{
		Y: convert[float64](j.Y), Bound: float64(j.Bound), DualNorm: float64(j.DualNorm),
		Nuclear: float64(j.Nuclear), Gap: float64(j.Gap), Feasibility: float64(j.Feasibility),
	}
	return nil
}

type trialJSON struct {
	Solver string
	Score  jsonNumber
	Splits []jsonNumber
	Err    string `json:",omitempty"`
}

// MarshalJSON writes the solver as [Describe] has it, and null for a Score that is not finite.
func (t Trial) MarshalJSON() ([]byte, error) {
	j := trialJSON{Solver: Describe(t.Solver), Score: jsonNumber(t.Score), Splits: convert[jsonNumber](t.Splits)}
	if t.Err != nil {
		j.Err = t.Err.Error()
	}
	return json.Marshal(j)
}

// UnmarshalJSON reads what MarshalJSON writes. The Solver prints as before, but cannot be run.
func (t *Trial) UnmarshalJSON(text []byte) error {
	var j trialJSON
	if err := json.Unmarshal(text, &j); err != nil {
		return err
	}
	*t = Trial{Solver: described(j.Solver), Score: float64(j.Score), Splits: convert[float64](j.Splits)}
	if math.IsNaN(t.Score) {
		t.Score = math.Inf(1)
	}
	if j.Err != "" {
		t.Err = errors.New(j.Err)
	}
	return nil
}

// described is a solver of which the description is known, and no more.
type described string

func (d described) GoString() string { return string(d) }

func (d described) Solve(context.Context, Problem, ...Observer) (*Result, error) {
	return nil, fmt.Errorf("mc: %s was read from JSON, which describes a solver; write it in Go to run it", string(d))
}
