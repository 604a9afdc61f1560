package mc_test

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"projectpenalty/mc"
)

// tagged and nested are settings of one's own.
type tagged struct {
	Rate  float64 `default:"0.25" range:"(0, 2]"`
	Depth int     `default:"3" range:"[1, inf)"`
	Plain float64 `range:"[0, inf)"`
	Said  float64 `default:"none" range:"[0, inf)"`
	Seed  uint64
	state []float64 // unexported: printed, and left alone
}

type nested struct {
	Inner  tagged
	Any    any
	List   []any
	Factor float64
}

// A default that depends on another field.
func (o nested) WithDefaults() any {
	if o.Any == nil {
		o.Any = tagged{Depth: 7}
	}
	return o
}

// addressed has a method that its values do not have.
type addressed struct{ mc.Adam }

func (a *addressed) Grow() { a.LearningRate *= 2 }

func TestResolved(t *testing.T) {
	zero := func(x float64) bool { return x == 0 }
	a := mc.Resolved(tagged{})
	if a.Rate != 0.25 || a.Depth != 3 || a.Plain != 0 || a.Said != 0 {
		t.Errorf("defaults resolve to %#v", a)
	}
	b := mc.Resolved(tagged{Rate: mc.Zero, Depth: 5, Plain: mc.Zero, Said: mc.Zero})
	if !zero(b.Rate) || b.Depth != 5 || !zero(b.Plain) || !zero(b.Said) ||
		math.Signbit(b.Plain) || !math.Signbit(b.Said) {
		t.Errorf("said zeros resolve to %#v", b)
	}
	if again := mc.Resolved(b); mc.Describe(again) != mc.Describe(b) || !zero(again.Rate) {
		t.Errorf("resolved twice: %#v", again)
	}

	list := []any{tagged{Rate: 1}, 3, nil}
	o := nested{Inner: tagged{Rate: mc.Zero}, List: list}
	r := mc.Resolved(o)
	if got := r.Any.(tagged); got.Depth != 7 || got.Rate != 0.25 ||
		!zero(r.Inner.Rate) || r.List[0].(tagged).Depth != 3 {
		t.Errorf("%#v resolves to %#v", o, r)
	}
	if list[0].(tagged).Depth != 0 || o.Any != nil || o.Inner.Rate != mc.Zero {
		t.Errorf("Resolved changes its argument: %#v", o)
	}
	if of := mc.Resolved[mc.Optimizer](mc.Adam{Beta1: 0.5}).(mc.Adam); of.Beta1 != 0.5 {
		t.Errorf("an optimiser as an interface resolves to %#v", of)
	}
	// An address of settings is as good as the settings; any other pointer is left alone.
	var none *mc.Adam
	own := &addressed{mc.Adam{Beta1: 0.5}}
	for _, c := range []struct{ is, want mc.Optimizer }{
		{&mc.Adam{Beta1: 0.5}, mc.Resolved(mc.Adam{Beta1: 0.5})}, {none, none}, {own, own},
	} {
		if got := mc.Resolved(mc.DeepMF{Optimizer: c.is}).Optimizer; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%#v resolves to %#v, not %#v", c.is, got, c.want)
		}
	}
	if mc.Resolved[mc.Optimizer](nil) != nil {
		t.Error("nil resolves to something")
	}
	if n := testing.AllocsPerRun(100, func() { a = mc.Resolved(a) }); n != 0 {
		t.Errorf("a struct of numbers is resolved with %v allocations", n)
	}
}

func TestDescribe(t *testing.T) {
	const rest = ", Seed:0x0, state:[]float64(nil)}"
	for _, c := range []struct {
		what any
		want string
	}{
		{nil, "nil"},
		{tagged{}, "mc_test.tagged{Rate:0.25, Depth:3, Plain:0, Said:0" + rest},
		{tagged{state: []float64{1}}, "mc_test.tagged{Rate:0.25, Depth:3, Plain:0, Said:0, Seed:0x0, " +
			"state:[]float64{1}}"},
		{tagged{Rate: mc.Zero, Plain: mc.Zero, Said: mc.Zero},
			"mc_test.tagged{Rate:mc.Zero, Depth:3, Plain:0, Said:mc.Zero" + rest},
		// Within sums and multiples too.
		{mc.Sum(mc.Times(2, mc.LogDet{}), mc.Frobenius{}),
			"mc.Sum(mc.Times(2, mc.LogDet{Delta:0.01}), mc.Frobenius{})"},
		{mc.Debiased{Solver: &mc.ALS{Rank: 2}}, mc.Describe(mc.Debiased{Solver: mc.ALS{Rank: 2}})},
		{mc.Normalized(mc.LogDet{}), "mc.Normalized(mc.LogDet{Delta:0.01})"},
		{mc.Sum(mc.L1{}, mc.LogDet{Delta: 2}), "mc.Sum(mc.L1{}, mc.LogDet{Delta:2})"},
		{nested{Any: -0.5}, "mc_test.nested{Inner:" + mc.Describe(tagged{}) +
			", Any:-0.5, List:[]interface {}(nil), Factor:0}"},
	} {
		if got := mc.Describe(c.what); got != c.want {
			t.Errorf("Describe(%#v) is\n%s, not\n%s", c.what, got, c.want)
		}
	}
}

func TestCheckRanges(t *testing.T) {
	for _, c := range []struct {
		what any
		want string // "" for no error
	}{
		{nil, ""}, {tagged{}, ""}, {tagged{Rate: 2}, ""},
		{nested{}, ""}, {nested{List: []any{tagged{}, nil, 4}}, ""},
		{tagged{Rate: mc.Zero}, "mc: tagged.Rate is 0; it must be in (0, 2], or 0 for 0.25"},
		{tagged{Rate: 2.5}, "mc: tagged.Rate is 2.5; it must be in (0, 2], or 0 for 0.25"},
		{tagged{Rate: math.NaN()}, "mc: tagged.Rate is NaN;"},
		{tagged{Depth: -1}, "mc: tagged.Depth is -1; it must be at least 1, or 0 for 3"},
		{tagged{Plain: -1}, "mc: tagged.Plain is -1; it must be at least 0 and finite"},
		{tagged{Plain: math.Inf(1)}, "mc: tagged.Plain is +Inf; it must be at least 0 and finite"},
		{nested{Inner: tagged{Depth: -2}}, "mc: tagged.Depth is -2;"},
		{nested{List: []any{tagged{}, tagged{Rate: -1}}}, "mc: tagged.Rate is -1;"},
		{nested{Any: mc.Schatten{P: 3}}, "mc: Schatten.P is 3;"},

		{mc.DeepMF{Depth: 1, Optimizer: &mc.Adam{Beta1: 2}}, "mc: Adam.Beta1 is 2;"},
		{mc.DeepMF{Depth: 1, Schedule: &mc.StepDecay{}}, "mc: StepDecay.Every is 0;"},
		{&mc.Huber{Delta: -1}, "mc: Huber.Delta is -1;"},
	} {
		err := mc.CheckRanges(c.what)
		if text := fmt.Sprint(err); c.want == "" && err != nil || !strings.HasPrefix(text, c.want) {
			t.Errorf("CheckRanges(%#v) says %v, not %q", c.what, err, c.want)
		}
	}
	for _, wrong := range []any{
		struct {
			X float64 `default:"much"`
		}{},
		struct {
			X float64 `range:"0 to 1"`
		}{},
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), "X are") {
					t.Errorf("%#v: the panic is %v", wrong, r)
				}
			}()
			mc.Resolved(wrong)
		}()
	}
}

// Weighted is a solver of one's own, whose default optimiser no tag can state.
type Weighted struct {
	Optimizer mc.Optimizer
	Weight    float64 `default:"0.5" range:"[0, 1]"`
}

func (w Weighted) WithDefaults() any {
	if w.Optimizer == nil {
		w.Optimizer = mc.SignSGD{LearningRate: 0.1}
	}
	return w
}

// A default stands once, in a tag or in WithDefaults. Zero says zero where there is another
// default.
func ExampleResolved() {
	var settings mc.Defaulter = Weighted{}
	fmt.Println(mc.Describe(settings))
	fmt.Println(mc.Describe(Weighted{Weight: mc.Zero}))
	fmt.Println(mc.Resolved(Weighted{Weight: mc.Zero}).Weight == 0)
	fmt.Println(mc.Validate(Weighted{Weight: 2}))
	var own mc.Validator = mc.DeepMF{}
	fmt.Println(mc.Validate(own))
	// Output:
	// mc_test.Weighted{Optimizer:mc.SignSGD{LearningRate:0.1, Beta:0}, Weight:0.5}
	// mc_test.Weighted{Optimizer:mc.SignSGD{LearningRate:0.1, Beta:0}, Weight:mc.Zero}
	// true
	// mc: Weighted.Weight is 2; it must be in [0, 1], where 0 means 0.5 and mc.Zero means 0
	// mc: DeepMF.Depth is 0; it must be at least 1
}
