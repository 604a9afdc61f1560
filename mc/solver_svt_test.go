package mc_test

import (
	"context"
	"fmt"
	"log"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

func TestSVT(t *testing.T) {
	recovers(t, mc.SVT{}, completion(t, 40, 40, 1, 800, 1), 1e-5)
	recovers(t, mc.SVT{Step: 1.9}, completion(t, 40, 25, 1, 600, 2), 1e-3)
	p := completion(t, 8, 6, 1, 30, 1)
	refuses(t, mc.SVT{Tau: -1}, p, "SVT.Tau is -1")
	refuses(t, mc.SVT{Steps: -1}, p, "SVT.Steps is -1")
	refuses(t, mc.SVT{}, sensed(t), "must be *mc.Observations")
	keepsWhatItHas(t, mc.SVT{}, p)
}

// It solves min τ‖W‖_* + ½‖W‖_F² subject to the entries: at the solution, some matrix that is 0 at
// all unobserved entries has W as its thresholded self. With W = UΣVᵀ, that is U(Σ + τI)Vᵀ + M with
// M orthogonal to U and V and ‖M‖₂ ≤ τ; what proves it here is that no other matrix nearby that
// meets the entries has a lower objective.
func TestSVTIsOptimal(t *testing.T) {
	p := completion(t, 20, 15, 2, 150, 1)
	const tau = 5.0
	r, err := mc.SVT{Tau: tau, Step: 1.5, Tolerance: 1e-10, Steps: 50_000}.Solve(context.Background(), p)
	if err != nil || r.Status != mc.Converged {
		t.Fatal(r, err)
	}
	objective := func(w *mat.Dense) float64 {
		at := mc.NewPoint(w)
		return tau*at.Nuclear() + at.Frobenius()*at.Frobenius()/2
	}
	least := objective(r.W)
	observed := map[[2]int]bool{}
	for _, e := range p.Train.(*mc.Observations).All() {
		observed[[2]int{e.Row, e.Col}] = true
	}
	towards := func(name string, to *mat.Dense) {
		for _, part := range []float64{1e-3, 1e-2, 0.1, 1} {
			w := mat.DenseCopyOf(r.W)
			for i := range 20 {
				for j := range 15 {
					if !observed[[2]int{i, j}] {
						w.Set(i, j, w.At(i, j)+part*(to.At(i, j)-w.At(i, j)))
					}
				}
			}
			// The run ends at a residual of 1e-10.
			if now := objective(w); now < least*(1-1e-9) {
				t.Errorf("the objective is %v, and %v a part %v towards %s", least, now, part, name)
			}
		}
	}
	towards("0", mat.NewDense(20, 15, nil))
	towards("the truth", p.Truth)
	nuclear, err := mc.NuclearNorm{}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	towards("the least nuclear norm", nuclear.W)
	frobenius, err := mc.MinimumFrobenius{}.Solve(context.Background(), p)
	if err != nil {
		t.Fatal(err)
	}
	towards("the least Frobenius norm", frobenius.W)
}

// The larger τ, the nearer to the least nuclear norm.
func ExampleSVT() {
	problem, err := mc.LowRank{Rows: 20, Cols: 20, Rank: 2, Observed: 200, MinPerLine: 3, Seed: 1}.Problem()
	if err != nil {
		log.Fatal(err)
	}
	least, err := mc.NuclearNorm{}.Solve(context.Background(), problem)
	if err != nil {
		log.Fatal(err)
	}
	for _, tau := range []float64{1, 10, 100} {
		result, err := mc.SVT{Tau: tau, Step: 1.9}.Solve(context.Background(), problem)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("τ = %3.0f: ‖W‖_* is %.3f times the least\n", tau,
			mc.NewPoint(result.W).Nuclear()/mc.Detail[*mc.Certificate](least).Nuclear)
	}
	// Output:
	// τ =   1: ‖W‖_* is 1.405 times the least
	// τ =  10: ‖W‖_* is 1.092 times the least
	// τ = 100: ‖W‖_* is 1.001 times the least
}
