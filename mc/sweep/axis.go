package sweep

import (
	"fmt"
	"reflect"
	"strings"

	"projectpenalty/mc"
)

// An Axis is a list of levels, each of which sets fields of the problem or of the solver. [Over],
// [Cases] and [Seeds] make axes. Axes are applied in order: a later one may set a field of a value
// that an earlier one set.
type Axis struct {
	// Name of the axis, and of its column in a table.
	Name string
	// Levels of the axis. No two may resolve to the same settings.
	Levels []Level
}

// A Level is one value of an axis.
type Level struct {
	// Label of the level in a table.
	Label string
	// Set lists the fields that the level sets.
	Set []Setting
}

// A Setting gives a field a value. The field is a path from "Problem" or "Solver", such as
// "Solver.Optimizer.LearningRate"; "Solver" itself replaces the solver. An integer fits a field of
// floating point numbers, and vice versa, if the conversion is exact. The number 0 is an explicit
// zero ([mc.Zero]) where the field has another default.
type Setting struct {
	Field string
	Value any
}

// String returns the setting as an assignment, with the defaults of its value.
func (s Setting) String() string {
	text := mc.Describe(s.Value)
	if isZero(reflect.ValueOf(s.Value)) {
		text = "0"
	}
	return s.Field + " = " + text
}

// Over makes an axis of one field, with a level for each value.
//
//	sweep.Over("Solver.Lambda", 0, 1e-4, 1e-3)
//	sweep.Over("Solver.Optimizer", mc.GD{LearningRate: 1}, mc.Adam{})
func Over(field string, values ...any) Axis {
	a := Axis{Name: field}
	for _, v := range values {
		a.Levels = append(a.Levels, Level{Label(v), []Setting{{field, v}}})
	}
	return a
}

// Cases makes an axis whose levels set several fields together, such as methods with their own
// settings.
//
//	sweep.Cases("method",
//		sweep.Solver("depth 3", mc.DeepMF{Depth: 3}),
//		sweep.Solver("ratio", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3}),
//		sweep.Solver("nuclear norm", mc.NuclearNorm{}))
func Cases(name string, levels ...Level) Axis { return Axis{name, levels} }

// Case makes a level of [Cases].
//
//	sweep.Case("GD",
//		sweep.Setting{Field: "Solver.Optimizer", Value: mc.GD{LearningRate: 1}},
//		sweep.Setting{Field: "Solver.Steps", Value: 50_000})
func Case(label string, set ...Setting) Level { return Level{label, set} }

// Solver makes a level of [Cases] that sets the whole solver. A later axis of [Seeds] sets its
// Seed, if it has one.
func Solver(label string, s mc.Solver) Level { return Case(label, Setting{"Solver", s}) }

// Seeds makes the axis "Seed" with the levels 1 to n. Each sets Problem.Seed and Solver.Seed, where
// these fields exist.
func Seeds(n int) Axis {
	a := Axis{Name: "Seed"}
	for s := 1; s <= n; s++ {
		a.Levels = append(a.Levels, Level{fmt.Sprint(s), []Setting{{seedField, uint64(s)}}})
	}
	return a
}

// seedField stands for Problem.Seed and Solver.Seed, whichever exist.
const seedField = "Seed"

// Label returns the label of a value: a number as it is, settings as [mc.Describe] prints them
// without the package name.
func Label(v any) string {
	switch x := reflect.ValueOf(v); {
	case isZero(x):
		return "0"
	case x.Kind() == reflect.Struct, x.Kind() == reflect.Pointer:
		return strings.ReplaceAll(mc.Describe(v), "mc.", "")
	}
	return fmt.Sprint(v)
}

// zeroMeans returns the number that a method uses where a setting says 0, and the default differs.
func (c config) zeroMeans(s Setting) (x float64, other bool) {
	if !isZero(reflect.ValueOf(s.Value)) {
		return 0, false
	}
	set, ok := find(reflect.ValueOf(c), strings.Split(s.Field, "."))
	if !ok || !isZero(set) {
		return 0, false // a later axis gave the field another value
	}
	used, ok := find(reflect.ValueOf(mc.Resolved(c)), strings.Split(s.Field, "."))
	if !ok || isZero(used) || !number(used.Kind()) {
		return 0, false
	}
	return used.Convert(reflect.TypeFor[float64]()).Float(), true
}

// find returns the field of v at the path, if it is there.
func find(v reflect.Value, path []string) (reflect.Value, bool) {
	for v.Kind() == reflect.Interface {
		v = v.Elem()
	}
	switch {
	case len(path) == 0:
		return v, v.IsValid()
	case v.Kind() != reflect.Struct || !v.FieldByName(path[0]).IsValid():
		return v, false
	}
	return find(v.FieldByName(path[0]), path[1:])
}

// A config holds the fields that axes set.
type config struct {
	Problem Source
	Solver  mc.Solver
}

func (c *config) apply(s Setting) error {
	root := reflect.ValueOf(c).Elem()
	if s.Field == seedField {
		found := false
		problem := []string{"Problem"}
		if _, ok := c.Problem.(tuned); ok {
			problem = append(problem, "Of")
		}
		for _, path := range [][]string{problem, {"Solver"}} {
			if v, ok := find(root, append(path, seedField)); ok && v.IsValid() {
				found = true
				if err := set(root, append(path, seedField), s.Value); err != nil {
					return err
				}
			}
		}
		if !found {
			return fmt.Errorf("neither the problem (%T) nor the solver (%T) has a field Seed", c.Problem, c.Solver)
		}
		return nil
	}
	return set(root, strings.Split(s.Field, "."), s.Value)
}

// set assigns a value to the field of v at the path. It copies the value of an interface and never
// changes it in place.
func set(v reflect.Value, path []string, value any) error {
	if len(path) == 0 {
		return assign(v, value)
	}
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return fmt.Errorf("there is no field %s of nil; the base or an earlier axis must set it", path[0])
		}
		held := reflect.New(v.Elem().Type()).Elem()
		held.Set(v.Elem())
		if err := set(held, path, value); err != nil {
			return err
		}
		v.Set(held)
		return nil
	case reflect.Struct:
		field, ok := v.Type().FieldByName(path[0])
		if !ok || !field.IsExported() {
			return fmt.Errorf("%v has no field %s; it has %s", v.Type(), path[0], strings.Join(fields(v.Type()), ", "))
		}
		_, other := field.Tag.Lookup("default")
		if other && field.Type.Kind() == reflect.Float64 && isZero(reflect.ValueOf(value)) {
			value = mc.Zero
		}
		return set(v.FieldByIndex(field.Index), path[1:], value)
	}
	return fmt.Errorf("%v has no fields, so no %s", v.Type(), path[0])
}

func fields(t reflect.Type) []string {
	var names []string
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			names = append(names, f.Name)
		}
	}
	return names
}

func assign(v reflect.Value, value any) error {
	x := reflect.ValueOf(value)
	switch {
	case !x.IsValid():
		if v.Kind() != reflect.Interface {
			return fmt.Errorf("nil is not a %v", v.Type())
		}
		v.SetZero()
		return nil
	case x.Type().AssignableTo(v.Type()):
		v.Set(x)
		return nil
	case number(x.Kind()) && number(v.Kind()):
		there := x.Convert(v.Type())
		// −1 and the largest uint64 have the same bits.
		turned := x.CanInt() && x.Int() < 0 && v.CanUint() || x.CanUint() && there.CanInt() && there.Int() < 0
		if back := there.Convert(x.Type()); back.Equal(x) && !turned {
			v.Set(there)
			return nil
		}
	case x.Kind() == v.Kind() && x.CanConvert(v.Type()): // a string for a named string
		v.Set(x.Convert(v.Type()))
		return nil
	}
	return fmt.Errorf("%#v (%T) is not a %v", value, value, v.Type())
}

// isZero reports whether a value is a number that means zero.
func isZero(x reflect.Value) bool {
	return number(x.Kind()) && (x.IsZero() || x.CanFloat() && (x.Float() == 0 || x.Float() == mc.Zero))
}

func number(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr
}
