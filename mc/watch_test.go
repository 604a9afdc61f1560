package mc_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/mc/internal/catalog"
)

// watched runs the solver and returns what a trace of every step watches.
func watched(t testing.TB, p mc.Problem, solver mc.Solver, watch ...mc.Quantity) *mc.Trace {
	t.Helper()
	trace := &mc.Trace{Every: 1, Watch: watch}
	if _, err := solver.Solve(context.Background(), p, trace); err != nil {
		t.Fatal(err)
	}
	return trace
}

func near(t testing.TB, name string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Errorf("%s = %v, want %v", name, got, want)
	}
}

// wholeProblem observes every entry of a matrix with these singular values.
func wholeProblem(t testing.TB, rows, cols int, sigma ...float64) mc.Problem {
	t.Helper()
	w := withSpectrum(rows, cols, 1, sigma...)
	var entries []mc.Entry
	for i := range rows {
		for j := range cols {
			entries = append(entries, mc.Entry{Row: i, Col: j, Value: w.At(i, j)})
		}
	}
	o, err := mc.NewObservations(rows, cols, entries)
	if err != nil {
		t.Fatal(err)
	}
	return mc.Problem{Train: o, Truth: w}
}

// balanced are factors of W with singular values σ^(1/N) in bases that fit one another.
func balanced(t testing.TB, w *mat.Dense, depth int) *mc.Factors {
	t.Helper()
	rows, cols := w.Dims()
	u, sigma, v := mc.NewPoint(w).SVD()
	k := len(sigma)
	f, err := mc.NewFactors(rows, cols, slices.Repeat([]int{k}, depth-1)...)
	if err != nil {
		t.Fatal(err)
	}
	root := mat.NewDiagDense(k, nil)
	for i, s := range sigma {
		root.SetDiag(i, math.Pow(s, 1/float64(depth)))
	}
	for j := range f.W {
		f.W[j].Copy(root)
	}
	f.W[0].Mul(root, v.T())
	if depth > 1 {
		f.W[depth-1].Mul(u, root)
	} else {
		f.W[0].Copy(w)
	}
	return f
}

func first(t testing.TB, trace *mc.Trace, name string) float64 {
	t.Helper()
	v := trace.Records[0].Reading(name)
	if len(v) == 0 {
		t.Fatalf("the first record has no %q: %+v", name, trace.Records[0].Watched)
	}
	return v[0]
}

// At a minimum where all entries are observed, and the factors are balanced, λ₁ =
// (2/n)·N·σ₁^(2−2/N), in the direction u₁v₁ᵀ of each factor; at depth 1 it is 2/n, and a ridge adds
// 2λ.
func TestSharpnessAtMinimum(t *testing.T) {
	p := wholeProblem(t, 6, 9, 5, 3, 2, 0.5, 0.2, 0.1)
	for depth := 1; depth <= 4; depth++ {
		d := mc.DeepMF{Depth: depth, Init: mc.Given{Factors: balanced(t, p.Truth, depth)},
			Optimizer: mc.GD{LearningRate: 1e-3}, Steps: 1}
		n := float64(depth)
		want := 2.0 / 54 * n * math.Pow(5, 2-2/n)
		// The iteration ends at an estimated error of 1e-9: measured 3e-11 of λ₁.
		near(t, fmt.Sprint("λ₁ at depth ", depth), first(t, watched(t, p, d, mc.Sharpness{Tolerance: 1e-9}),
			"sharpness"), want, 1e-7)
		if depth == 1 {
			d.Penalty, d.Lambda = mc.SquaredFrobenius{}, 0.25
			// As above: measured to rounding.
			near(t, "λ₁ with a ridge", first(t, watched(t, p, d, mc.Sharpness{Tolerance: 1e-9}), "sharpness"),
				want+0.5, 1e-7)
		}
	}
}

// full returns the Hessian as a matrix.
func full(h *mc.Hessian) *mat.SymDense {
	var in, out []*mat.Dense
	size := 0
	for _, s := range h.Shapes() {
		in, out = append(in, mat.NewDense(s.Rows, s.Cols, nil)), append(out, mat.NewDense(s.Rows, s.Cols, nil))
		size += s.Rows * s.Cols
	}
	all := mat.NewSymDense(size, nil)
	at := 0
	for _, v := range in {
		for k := range v.RawMatrix().Data {
			v.RawMatrix().Data[k] = 1
			h.Apply(out, in)
			v.RawMatrix().Data[k] = 0
			row := 0
			for _, w := range out {
				for _, x := range w.RawMatrix().Data {
					if row >= at {
						all.SetSym(at, row, x)
					}
					row++
				}
			}
			at++
		}
	}
	return all
}

func largest(a mat.Symmetric) float64 {
	var e mat.EigenSym
	e.Factorize(a, false)
	return slices.Max(e.Values(nil))
}

// Along a run, sharpness is the largest eigenvalue of the Hessian, and that of P^(−1/2)·∇²·P^(−1/2)
// with the P of the optimiser, rebuilt here from the gradients.
func TestSharpnessAlongRuns(t *testing.T) {
	p := smallProblem(t)
	const beta1, beta2, rho, eps = 0.8, 0.95, 0.9, 1e-3
	for name, optimizer := range map[string]mc.Optimizer{
		"GD": mc.GD{LearningRate: 0.05}, "RMSProp": mc.RMSProp{LearningRate: 1e-2, Rho: rho, Epsilon: eps},
		"Adam":         mc.Adam{LearningRate: 1e-2, Beta1: beta1, Beta2: beta2, Epsilon: eps},
		"GroupRMSProp": mc.GroupRMSProp{LearningRate: 1e-2, Rho: rho, Epsilon: eps}, "AdamW": mc.AdamW{},
	} {
		t.Run(name, func(t *testing.T) {
			d := mc.DeepMF{Depth: 3, Init: mc.Gaussian{Scale: 0.5}, Penalty: mc.SquaredFrobenius{}, Lambda: 1e-2,
				Optimizer: optimizer, Steps: 12, Seed: 4}
			var plain, scaled []float64
			var squares []float64 // running mean of squared gradients
			watch := mc.ObserverFunc(func(s *mc.Step) {
				h := s.Hessian()
				a := full(h)
				plain = append(plain, largest(a))
				memory := map[string]float64{"RMSProp": rho, "Adam": beta2, "GroupRMSProp": rho}[name]
				size := a.SymmetricDim()
				if squares == nil {
					squares = make([]float64, size)
				}
				b := mat.NewSymDense(size, nil)
				root := make([]float64, size)
				power := math.Pow(memory, float64(s.Index))
				total := 0.0
				for _, x := range squares {
					total += x
				}
				for i, x := range squares {
					switch name {
					case "RMSProp":
						root[i] = math.Sqrt(x) + eps
					case "Adam":
						root[i] = (1 - math.Pow(beta1, float64(s.Index))) * (math.Sqrt(x/(1-power)) + eps)
					case "GroupRMSProp":
						root[i] = math.Sqrt(total/(1-power)) + eps
					}
				}
				for i := range size {
					for k := i; k < size; k++ {
						b.SetSym(i, k, a.At(i, k)/math.Sqrt(root[i]*root[k]))
					}
				}
				if s.Index == 0 || memory == 0 {
					scaled = append(scaled, 0)
				} else {
					scaled = append(scaled, largest(b))
				}
				at := 0
				for _, g := range h.Gradient() {
					for _, x := range g.RawMatrix().Data {
						squares[at] = memory*squares[at] + (1-memory)*x*x
						at++
					}
				}
			})
			trace := &mc.Trace{Every: 1, Watch: []mc.Quantity{mc.Sharpness{Tolerance: 1e-8}}}
			if _, err := d.Solve(context.Background(), p, trace, watch); err != nil {
				t.Fatal(err)
			}
			for k, r := range trace.Records {
				// A hundred times the Tolerance, by an estimate of which the iteration ends.
				near(t, fmt.Sprint("λ₁ at step ", k), r.Reading("sharpness")[0], plain[k], 1e-6)
				got := r.Reading("preconditioned sharpness")
				if scaled[k] == 0 {
					if got != nil {
						t.Errorf("step %d has a preconditioned sharpness", k)
					}
					continue
				}
				// The iteration ends at an estimated error of 1e-8: measured 5e-9 of λ₁.
				near(t, fmt.Sprint("preconditioned λ₁ at step ", k), got[0], scaled[k], 1e-6)
			}
		})
	}
}

// On a quadratic a run settles if λ₁ is 1 % below the edge of stability, and not if it is 1 %
// above.
func TestEdgeOfStability(t *testing.T) {
	p := smallProblem(t) // λ₁ = 2/n = 1/15
	for _, optimizer := range []func(eta float64) mc.Optimizer{
		func(eta float64) mc.Optimizer { return mc.GD{LearningRate: eta} },
		func(eta float64) mc.Optimizer { return mc.Momentum{LearningRate: eta, Beta: 0.7} },
		func(eta float64) mc.Optimizer { return mc.Nesterov{LearningRate: eta, Beta: 0.7} },
	} {
		run := func(eta float64) *mc.Trace {
			d := mc.DeepMF{Depth: 1, Optimizer: optimizer(2 * eta), Schedule: mc.WarmUp{Steps: 1, Then: half{}},
				Steps: 3000}
			trace := &mc.Trace{Every: 1000, Watch: []mc.Quantity{mc.Sharpness{}}}
			d.Solve(context.Background(), p, trace)
			return trace
		}
		unit := run(1).Records[1] // the edge is the one of η = 1, after the warm-up
		edge := unit.Reading("edge of stability")[0]
		near(t, "λ₁", unit.Reading("sharpness")[0], 1.0/15, rounding)
		for _, c := range []struct {
			below   float64
			settles bool
		}{{0.99, true}, {1.01, false}} {
			trace := run(c.below * edge * 15)
			// 1 % below the edge the loss falls at each step, 1 % above it grows to 1e237.
			last := trace.Records[len(trace.Records)-1]
			if got := last.Loss < 1e-6*trace.Records[0].Loss; got != c.settles {
				t.Errorf("%#v, λ₁ at %v of the edge: settles is %v (loss %v)", optimizer(1), c.below, got, last.Loss)
			}
		}
	}
}

// half is a schedule at ½.
type half struct{}

func (half) Factor(step, steps int) float64 { return 0.5 }

// What is balanced stays so under small steps, and its layers are aligned and share their spectrum.
func TestBalancedLayers(t *testing.T) {
	p := wholeProblem(t, 6, 9, 5, 3, 2, 0.5, 0.2, 0.1)
	f := balanced(t, p.Truth, 3)
	d := mc.DeepMF{Depth: 3, Init: mc.Given{Factors: f}, Optimizer: mc.GD{LearningRate: 1e-6}, Steps: 2}
	trace := watched(t, p, d, mc.Balance{}, mc.Layers{Top: 4})
	near(t, "imbalance", first(t, trace, "imbalance"), 0, rounding)
	var roots []float64
	for _, s := range []float64{5, 3, 2, 0.5, 0.2, 0.1} {
		roots = append(roots, math.Cbrt(s))
	}
	for j := range 3 {
		values := trace.Records[0].Reading(fmt.Sprintf("singular values of layer %d", j+1))
		if len(values) != 4 {
			t.Fatalf("layer %d has %d singular values", j+1, len(values))
		}
		for i, s := range values {
			near(t, "σ", s, roots[i], rounding)
		}
		near(t, "effective rank", trace.Records[0].Reading("effective rank of the layers")[j],
			mc.EffectiveRank(roots), 1e-12)
	}
	for _, name := range []string{"alignment of layers 1 and 2", "alignment of layers 2 and 3"} {
		for _, a := range trace.Records[0].Reading(name) {
			near(t, name, a, 1, rounding)
		}
	}
	other := randomFactors(t, p, 3, 7)
	d.Init = mc.Given{Factors: other}
	trace = watched(t, p, d, mc.Balance{}, mc.Layers{})
	near(t, "imbalance", first(t, trace, "imbalance"), other.Imbalance(), rounding)
	if a := first(t, trace, "alignment of layers 1 and 2"); a > 0.99 {
		t.Errorf("random layers are aligned to %v", a)
	}
	// A wrapper that hands on factors has a reading, whatever else is watched.
	inside := mc.BiScale{Solver: mc.DeepMF{Depth: 2, Steps: 1}}
	trace = watched(t, mc.Problem{Train: p.Train}, inside, mc.Balance{})
	if imbalance := first(t, trace, "imbalance"); !(imbalance > 0) {
		t.Errorf("imbalance %v of factors with the biases", imbalance)
	}
	one := watched(t, p, mc.DeepMF{Depth: 1, Steps: 1}, mc.Balance{}, mc.Layers{})
	if names := one.Readings(); !slices.Equal(names, []string{"singular values of layer 1",
		"effective rank of the layers"}) {
		t.Errorf("depth 1 has %q", names)
	}
}

// Momentum and stability are known of the optimisers that the documentation of UpdateCosines and
// Sharpness names, and of no variant that inherits a state.
func TestOptimizersKnowWhatIsDocumented(t *testing.T) {
	var momentum, edge []string
	for _, o := range catalog.Optimizers() {
		stepper, name := o.Start([]mc.Shape{{Rows: 2, Cols: 3}}), reflect.TypeOf(o).Name()
		if m, ok := stepper.(mc.MomentumStepper); ok && m.Momentum() != nil && !slices.Contains(momentum, name) {
			momentum = append(momentum, name)
		}
		if _, ok := stepper.(mc.StableStepper); ok && !slices.Contains(edge, name) {
			edge = append(edge, name)
		}
	}
	slices.Sort(momentum)
	slices.Sort(edge)
	if want := strings.Fields("AMSGrad Adam AdamW Momentum NAdam Nesterov RAdam ScalarAdam SignSGD"); !slices.Equal(
		momentum, want) {
		t.Errorf("momentum of %q, want %q", momentum, want)
	}
	if want := strings.Fields("Adam GD GroupRMSProp Momentum Nesterov RMSProp"); !slices.Equal(edge, want) {
		t.Errorf("edge of %q, want %q", edge, want)
	}
}

// Gradient descent steps along −G, momentum along its own sum, and Adam without memory along signs.
func TestUpdateCosines(t *testing.T) {
	p := smallProblem(t)
	d := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Penalty: mc.Ratio{}, Lambda: 0.1, Steps: 6}
	for _, c := range []struct {
		optimizer mc.Optimizer
		reading   string
	}{
		{mc.GD{LearningRate: 0.1}, "cosine of update and gradient"},
		{mc.Momentum{LearningRate: 0.1}, "cosine of update and momentum"},
		{mc.ScalarAdam{LearningRate: 1e3, Epsilon: 1e6}, "cosine of update and momentum"},
	} {
		d.Optimizer = c.optimizer
		trace := watched(t, p, d, mc.UpdateCosines{})
		for _, r := range trace.Records[:6] {
			near(t, fmt.Sprintf("%#v: %s", c.optimizer, c.reading), r.Reading(c.reading)[0], 1, rounding)
		}
		if last := trace.Records[6]; last.Watched != nil {
			t.Errorf("the last record has %v", last.Watched)
		}
		if _, plain := c.optimizer.(mc.GD); plain && len(trace.Records[0].Watched) != 1 {
			t.Errorf("gradient descent has %v", trace.Records[0].Watched)
		}
	}
	// After a first step of Momentum that is the gradient, the second differs from it.
	d.Optimizer = mc.Momentum{LearningRate: 0.3}
	_, values := watched(t, p, d, mc.UpdateCosines{}).Series("cosine of update and gradient", 0)
	if math.Abs(values[0]-1) > 1e-9 || values[3] > 0.999 {
		t.Errorf("cosines of momentum and gradient are %v", values)
	}
	// The first step of Adam without ε is along the signs of the gradient.
	d.Optimizer = mc.Adam{LearningRate: 1e-3, Epsilon: mc.Zero}
	var want float64
	stateAt(t, p, d, randomFactors(t, p, 2, 3), func(s *mc.Step) {
		var one, two, n float64
		for _, g := range s.Hessian().Gradient() {
			for _, x := range g.RawMatrix().Data {
				one, two, n = one+math.Abs(x), two+x*x, n+1
			}
		}
		want = one / math.Sqrt(two*n)
	})
	d.Init = mc.Given{Factors: randomFactors(t, p, 2, 3)}
	near(t, "cosine of Adam's first step", first(t, watched(t, p, d, mc.UpdateCosines{}),
		"cosine of update and gradient"), want, 1e-9)
}

// The distances are those of the states.
func TestDistance(t *testing.T) {
	p := smallProblem(t)
	d := mc.DeepMF{Depth: 2, Init: mc.Gaussian{Scale: 1}, Optimizer: mc.GD{LearningRate: 0.5}, Steps: 5}
	var states []*mc.Factors
	trace := &mc.Trace{Every: 1, Watch: []mc.Quantity{mc.Distance{}}}
	if _, err := d.Solve(context.Background(), p, trace, mc.ObserverFunc(func(s *mc.Step) {
		states = append(states,
			s.Factors())
	})); err != nil {
		t.Fatal(err)
	}
	for k, f := range states {
		sum := 0.0
		for j, w := range f.W {
			var x mat.Dense
			x.Sub(w, states[0].W[j])
			sum += math.Pow(mat.Norm(&x, 2), 2)
		}
		var w mat.Dense
		w.Sub(f.Product(), states[0].Product())
		near(t, "factors", trace.Records[k].Reading("distance of the factors from the initialisation")[0],
			math.Sqrt(sum), 1e-12)
		near(t, "W", trace.Records[k].Reading("distance of W from the initialisation")[0], mat.Norm(&w, 2), rounding)
	}
	deep, one := watched(t, p, d, mc.Distance{}), watched(t, p, mc.DeepMF{Depth: 1, Steps: 3}, mc.Distance{})
	if len(deep.Readings()) != 2 || one.Records[3].Watched[0].Values[0] != one.Records[3].Watched[1].Values[0] {
		t.Errorf("at depth 1 the factors are not W: %v", one.Records[3].Watched)
	}
}

// The kernel is JJᵀ, with J by central differences of the measurements in every entry of the
// factors.
func TestKernelChange(t *testing.T) {
	sensing, err := mc.LowRank{Rows: 5, Cols: 7, Rank: 2, Observed: 24, Seed: 2}.Sensing()
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]mc.Problem{"entries": smallProblem(t), "maps": sensing} {
		for depth := 1; depth <= 3; depth++ {
			var kernels []*mat.Dense
			d := mc.DeepMF{Depth: depth, Init: mc.Given{Factors: randomFactors(t, p, depth, 3)},
				Optimizer: mc.GD{LearningRate: 0.01}, Steps: 4}
			watch := mc.ObserverFunc(func(s *mc.Step) {
				f := s.Factors()
				if f == nil {
					f = &mc.Factors{W: []*mat.Dense{s.W()}}
				}
				n := p.Train.Len()
				up, down := make([]float64, n), make([]float64, n)
				k := mat.NewDense(n, n, nil)
				for _, w := range f.W {
					for i, x := range w.RawMatrix().Data {
						const h = 1e-5
						w.RawMatrix().Data[i] = x + h
						p.Train.Apply(up, f.Product())
						w.RawMatrix().Data[i] = x - h
						p.Train.Apply(down, f.Product())
						w.RawMatrix().Data[i] = x
						for a := range up {
							up[a] = (up[a] - down[a]) / (2 * h)
						}
						column := mat.NewVecDense(n, up)
						k.RankOne(k, 1, column, column)
					}
				}
				kernels = append(kernels, k)
			})
			trace := &mc.Trace{Every: 1, Watch: []mc.Quantity{mc.KernelChange{}}}
			if _, err := d.Solve(context.Background(), p, trace, watch); err != nil {
				t.Fatal(err)
			}
			for k, r := range trace.Records {
				var x mat.Dense
				x.Sub(kernels[k], kernels[0])
				got, want := r.Reading("change of the tangent kernel")[0], mat.Norm(&x, 2)/mat.Norm(kernels[0], 2)
				// Kernels by central differences of step 1e-5. A change of 1e-3 is far above their
				// error.
				if math.Abs(got-want) > 1e-6*(1+want) || depth == 1 && got != 0 || depth > 1 && k > 0 && got < 1e-3 {
					t.Errorf("%s, depth %d, step %d: change %v, want %v", name, depth, k, got, want)
				}
			}
		}
	}
}

// What a trace watches round trips as its description, and its readings as they are.
func TestWatchRoundTrips(t *testing.T) {
	p := smallProblem(t)
	d := mc.DeepMF{Depth: 2, Optimizer: mc.Adam{}, Steps: 3}
	trace := watched(t, p, d, mc.Sharpness{Tolerance: 0.1}, mc.Layers{}, mc.UpdateCosines{})
	trace.Records[1].Watched[0].Values[0] = math.NaN()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(trace); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(trace)
	if err != nil {
		t.Fatal(err)
	}
	var byGob, byJSON mc.Trace
	if err := gob.NewDecoder(&b).Decode(&byGob); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &byJSON); err != nil {
		t.Fatal(err)
	}
	for name, back := range map[string]*mc.Trace{"gob": &byGob, "JSON": &byJSON} {
		if got, want := fmt.Sprint(back.Records[1].Watched, back.Records[2].Watched),
			fmt.Sprint(trace.Records[1].Watched, trace.Records[2].Watched); got != want {
			t.Errorf("%s: readings %s, want %s", name, got, want)
		}
		if !slices.Equal(back.Watch.Describe(), trace.Watch.Describe()) {
			t.Errorf("%s: watches %q", name, back.Watch.Describe())
		}
		if _, err := d.Solve(context.Background(), p, back); err == nil ||
			err.Error() != "mc: Trace.Watch has mc.Sharpness{Tolerance:0.1, Products:100} as read from a file; "+
				"write it in Go to watch it" {
			t.Errorf("%s: a trace that was read watches again: %v", name, err)
		}
	}
	b.Reset()
	if err := trace.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], "effective rank of the layers 2")
	if at < 0 || rows[1][at] != fmt.Sprint(trace.Records[0].Reading("effective rank of the layers")[1]) {
		t.Errorf("the table has columns %q", rows[0])
	}
}

func TestWatchRefuses(t *testing.T) {
	for want, watch := range map[string][]mc.Quantity{
		"mc: Trace.Watch[1] is nil; it must be a Quantity, such as mc.Sharpness{}": {mc.Balance{}, nil},
		"mc: Sharpness.Tolerance is -1; it must be":                                {mc.Sharpness{Tolerance: -1}},
		"mc: Sharpness.Products is 1; it must be":                                  {mc.Sharpness{Products: 1}},
		"mc: Layers.Top is -1; it must be":                                         {mc.Layers{Top: -1}},
		"mc: KernelChange.Measurements is -1; it must be":                          {mc.KernelChange{Measurements: -1}},
	} {
		_, err := mc.DeepMF{Depth: 1, Steps: 1}.Solve(context.Background(), smallProblem(t), &mc.Trace{Watch: watch})
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

// Watching changes no bit of a run, and works for solvers of any kind.
func TestWatchingIsHarmless(t *testing.T) {
	p := smallProblem(t)
	for _, solver := range []mc.Solver{
		mc.DeepMF{Depth: 2, Penalty: mc.Ratio{}, Lambda: 1e-2, Optimizer: mc.Adam{}, Schedule: mc.Cosine{}, Steps: 20},
		mc.EndToEnd{Depth: 2, Steps: 10}, mc.NuclearNorm{}, mc.MatrixIRLS{},
	} {
		alone, err := solver.Solve(context.Background(), p)
		if err != nil {
			t.Fatal(err)
		}
		trace := &mc.Trace{Every: 3, Watch: catalog.Quantities()}
		r, err := solver.Solve(context.Background(), p, trace)
		if err != nil {
			t.Fatal(err)
		}
		if !mat.Equal(alone.W, r.W) {
			t.Errorf("%T ends elsewhere when it is watched", solver)
		}
		if _, values := trace.Series("sharpness", 0); len(values) != len(trace.Records) {
			t.Errorf("%T has %d of %d sharpnesses", solver, len(values), len(trace.Records))
		}
	}
}

// What a run watches: the sharpness of a quadratic is 2/n, and gradient descent has its edge at
// 2/η.
func ExampleSharpness() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		fmt.Println(err)
		return
	}
	trace := &mc.Trace{Every: 50, Watch: []mc.Quantity{mc.Sharpness{}}}
	_, err = mc.DeepMF{Depth: 1, Optimizer: mc.GD{LearningRate: 40}, Steps: 100}.Solve(context.Background(), problem,
		trace)
	if err != nil {
		fmt.Println(err)
	}
	for _, r := range trace.Records {
		fmt.Printf("step %3d: %.3f of %.3f\n", r.Step, r.Reading("sharpness")[0], r.Reading("edge of stability")[0])
	}
	// Output:
	// step   0: 0.040 of 0.050
	// step  50: 0.040 of 0.050
	// step 100: 0.040 of 0.050
}

// A quantity of one's own: the largest entry of the iterate.
func ExampleQuantity() {
	problem, err := mc.LowRank{Rows: 10, Cols: 10, Rank: 1, Observed: 50, Seed: 1}.Problem()
	if err != nil {
		fmt.Println(err)
		return
	}
	watch := mc.Quantities{largestEntry{}, mc.Balance{}, mc.Layers{}, mc.UpdateCosines{}, mc.Distance{},
		mc.KernelChange{}}
	trace := &mc.Trace{Every: 50, Watch: watch}
	_, err = mc.DeepMF{Depth: 1, Init: mc.Identity{Scale: 2}, Steps: 50}.Solve(context.Background(), problem, trace)
	if err != nil {
		fmt.Println(err)
	}
	fmt.Printf("%.3f\n", trace.Records[0].Reading("largest entry"))
	// Output:
	// [2.000]
}

type largestEntry struct{}

func (q largestEntry) Watch() mc.Gauge { return q }

func (largestEntry) Measure(s *mc.Step) []mc.Reading {
	return []mc.Reading{{Name: "largest entry", Values: []float64{mat.Max(s.W())}}}
}
