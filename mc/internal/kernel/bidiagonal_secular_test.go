package kernel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"
)

func newSecular(d, z []float64) *secular {
	full := padded[float64](len(d))
	s := &secular{k: len(d)}
	for _, x := range []*[]float64{&s.d, &s.z, &s.low, &s.high} {
		*x = make([]float64, full)
	}
	for i := range s.d {
		s.d[i] = 8
	}
	copy(s.d, d)
	copy(s.z, z)
	return s
}

// secularAt returns f(origin+tau), computed with 400 bits.
func secularAt(d, z []float64, origin, tau float64) float64 {
	number := func(x float64) *big.Float { return new(big.Float).SetPrec(400).SetFloat64(x) }
	sigma := number(origin)
	sigma.Add(sigma, number(tau))
	square := new(big.Float).Mul(sigma, sigma)
	f := number(1)
	for j := range d {
		pole := number(d[j])
		pole.Sub(pole.Mul(pole, pole), square)
		weight := number(z[j])
		f.Add(f, weight.Quo(weight.Mul(weight, weight), pole))
	}
	value, _ := f.Float64()
	return value
}

// Each root lies between its neighbouring poles, f is 0 there but for the rounding of its terms,
// and steps from a good guess find it in a few evaluations. The poles and weights are of every kind
// that merging meets: spread evenly, over decades, in clusters, with weights that hardly matter.
func TestSecularRoots(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	const unit = 0x1p-52
	for _, c := range []struct {
		name string
		d    func(i, k int) float64 // for i from 1
		z    func(i int) float64
		// Evaluations per root, on average: by a tenth more than are needed.
		mean float64
	}{
		{"even", func(i, k int) float64 { return float64(i) / float64(k) },
			func(int) float64 { return 0.1 + rng.Float64() }, 5.7},
		{"random", func(int, int) float64 { return rng.Float64() },
			func(int) float64 { return rng.NormFloat64() }, 5.6},
		{"decades", func(i, k int) float64 { return math.Pow(10, -14+14*float64(i)/float64(k)) },
			func(int) float64 { return 0.1 + rng.Float64() }, 5.1},
		{"weights of decades", func(i, k int) float64 { return float64(i) / float64(k) },
			func(int) float64 { return math.Pow(10, -12*rng.Float64()) }, 4.3},
		{"clusters", func(i, k int) float64 { return float64(1+i/7) + 1e-10*float64(i%7) },
			func(int) float64 { return 0.1 + rng.Float64() }, 5.5},
		{"a heavy row", func(i, k int) float64 { return float64(i) / float64(k) },
			func(int) float64 { return 1e4 * (0.1 + rng.Float64()) }, 5.6},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, k := range []int{1, 2, 3, 7, 8, 9, 16, 33, 60} {
				d, z := make([]float64, k), make([]float64, k)
				for i := range d {
					z[i] = c.z(i)
					if i > 0 {
						d[i] = c.d(i, k)
					}
				}
				slices.Sort(d)
				s := newSecular(d, z)
				s.start()
				sum, worst := 0, 0
				for i := range k {
					before := s.rounds
					origin, tau, ok := s.root(i)
					rounds := s.rounds - before
					sum, worst = sum+rounds, max(worst, rounds)
					if !ok || rounds > 14 {
						t.Fatalf("k = %d: root %d after %d evaluations, %v", k, i, rounds, ok)
					}
					sigma := origin + tau
					if sigma < d[i] || i < k-1 && sigma > d[i+1] {
						t.Fatalf("k = %d: root %d is %v, outside its poles", k, i, sigma)
					}
					if k == 1 {
						if math.Abs(sigma-math.Abs(z[0])) > unit*sigma {
							t.Fatalf("the root is %v, want %v", sigma, math.Abs(z[0]))
						}
						continue
					}
					// What the sum of k terms is known to, over the slope, is what the root is
					// known to.
					value := secularAt(d, z, origin, tau)
					psi, dpsi, phi, dphi := s.sums(i+1, origin, tau)
					s.rounds--
					terms := 1 + math.Abs(psi) + math.Abs(phi)
					bound := unit * (20*terms + 4*sigma*math.Abs(tau)*(dpsi+dphi))
					if math.Abs(value) > bound {
						t.Errorf("k = %d: f is %v at root %d, want at most %v", k, value, i, bound)
					}
				}
				if mean := float64(sum) / float64(k); k > 16 && mean > c.mean {
					t.Errorf("k = %d: %.2f evaluations per root, more than %v", k, mean, c.mean)
				} else {
					t.Logf("k = %d: %.2f evaluations per root, at most %d", k, mean, worst)
				}
			}
		})
	}
}
