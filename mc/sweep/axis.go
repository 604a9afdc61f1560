package sweep

import (
	"fmt"
	"reflect"
	"strings"

	"projectpenalty/mc"
)

// An Axis is a list of levels, each of which sets fields of the problem or of the solver. [Over], [Cases] and [Seeds]
// make axes. Axes are applied in order: a later one may set a field of what an earlier one put there.
type Axis struct {
	// Name of the axis, and of its column in a table.
	Name string
	// Levels, which must differ.
	Levels []Level
}

// A Level is one value of an axis.
type Level struct {
	// Label of the level in a table.
	Label string
	// Set are the fields that it sets.
	Set []Setting
}

// A Setting gives a field a value. The field is a path from "Problem" or "Solver", such as "Solver.Optimizer.LearningRate";
// "Solver" itself replaces the solver. An integer fits a field of floating point numbers, and vice
// versa, if the conversion is exact. The number 0 is an explicit zero ([mc.Zero]) where the field has
// another default.
type Setting struct {
	Field string
	Value any
}

// String is the setting as an assignment, with the defaults of what it sets.
func (s Setting) String() string {
	text := mc.Describe(s.Value)
	if isZero(reflect.ValueOf(s.Value)) {
		text = "0"
	}
	return s.Field + " = " + text
}

// Over is the axis of one field: a level for each value.
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

// Cases is the axis of levels that set several fields together, such as methods each with the settings that suit it.
//
//	sweep.Cases("method",
//		sweep.Solver("depth 3", mc.DeepMF{Depth: 3}),
//		sweep.Solver("ratio", mc.DeepMF{Depth: 1, Penalty: mc.Ratio{}, Lambda: 1e-3}),
//		sweep.Solver("nuclear norm", mc.NuclearNorm{}))
func Cases(name string, levels ...Level) Axis { return Axis{name, levels} }

// Case is a level of [Cases].
//
//	sweep.Case("GD", sweep.Setting{Field: "Solver.Optimizer", Value: mc.GD{LearningRate: 1}}, sweep.Setting{Field: "Solver.Steps", Value: 50_000})
func Case(label string, set ...Setting) Level { return Level{label, set} }

// Solver is a level of [Cases] that sets the whole solver. [Seeds] after it sets the solver's Seed, if it has one.
func Solver(label string, s mc.Solver) Level { return Case(label, Setting{"Solver", s}) }

// Seeds is the axis "Seed" of the seeds 1 to n, each of which sets Problem.Seed and Solver.Seed as far as these exist.
func Seeds(n int) Axis {
	a := Axis{Name: "Seed"}
	for s := 1; s <= n; s++ {
		a.Levels = append(a.Levels, Level{fmt.Sprint(s), []Setting{{seedField, uint64(s)}}})
	}
	return a
}

// seedField stands for the Seed of the problem and the Seed of the solver, whichever there are.
const seedField = "Seed"

// Label is what a person would call the value: a number as it is, settings as [mc.Describe] has them
// without the package.
func Label(v any) string {
	switch x := reflect.ValueOf(v); {
	case isZero(x):
		return "0"
	case x.Kind() == reflect.Struct, x.Kind() == reflect.Pointer:
		return strings.ReplaceAll(mc.Describe(v), "mc.", "")
	}
	return fmt.Sprint(v)
}

// isZero reports whether a value is a number that means zero.
func isZero(x reflect.Value) bool {
	return number(x.Kind()) && (x.IsZero() || x.CanFloat() && (x.Float() == 0 || x.Float() == mc.Zero))
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

// config is what axes set fields of.
type config struct {
	Problem Source
	Solver  solver
}

func (c *config) apply(s Setting) error {
	root := reflect.ValueOf(c).Elem()
	if s.Field == seedField {
		found := false
		for _, part := range []string{"Problem", "Solver"} {
			if v := root.FieldByName(part).Elem(); v.Kind() == reflect.Struct && v.FieldByName(seedField).IsValid() {
				found = true
				if err := set(root, []string{part, seedField}, s.Value); err != nil {
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

// set gives the field of v (a settable value) at the path a value. What an interface holds is copied, never changed.
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
		if _, other := field.Tag.Lookup("default"); other && field.Type.Kind() == reflect.Float64 && isZero(reflect.ValueOf(value)) {
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
		if back := there.Convert(x.Type()); back.Equal(x) && !(x.CanInt() && x.Int() < 0 && v.CanUint()) {
			v.Set(there)
			return nil
		}
	case x.Kind() == v.Kind() && x.CanConvert(v.Type()): // a string for a named string
		v.Set(x.Convert(v.Type()))
		return nil
	}
	return fmt.Errorf("%#v (%T) is not a %v", value, value, v.Type())
}

func number(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Float64 && k != reflect.Uintptr
}
