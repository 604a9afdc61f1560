package mctest

import (
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// crooked is a measurement with something wrong.
type crooked struct {
	mc.Measurement
	dims         bool
	shorter      bool // fewer values
	nan          bool
	square       bool // Apply squares
	adds         bool // Apply adds
	factor       float64
	unscaled     bool
	eatsW, eatsY bool
	eatsFrame    bool
	ignoreStride bool
	buffer       []float64 // is shared by runs
	panics       bool
	drifts       *atomic.Int64 // AddAdjoint adds a little more each time
	zero         bool
	parts        string // what is wrong with a part of it
}

// Subset makes parts, with something wrong.
func (c crooked) Subset(index []int) (mc.Measurement, error) {
	if c.parts == "refused" {
		return nil, errors.New("it is one")
	}
	keep := index
	if c.parts == "shifted" { // other measurements in their place
		keep = nil
		for _, k := range index {
			keep = append(keep, (k+1)%c.Measurement.Len())
		}
		slices.Sort(keep)
	}
	if c.parts == "fewer" {
		keep = index[1:]
	}
	part, err := mc.Subset(c.Measurement, func(k int) bool { return slices.Contains(keep, k) })
	if c.parts == "adjoint" && err == nil {
		part = crooked{Measurement: part, factor: 2}
	}
	return part, err
}

func (c crooked) Dims() (rows, cols int) {
	if c.dims {
		return 0, 3
	}
	return c.Measurement.Dims()
}

func (c crooked) Values() []float64 {
	v := append([]float64(nil), c.Measurement.Values()...)
	if c.nan {
		v[1] = math.NaN()
	}
	if c.shorter {
		v = v[1:]
	}
	return v
}

func (c crooked) Apply(dst []float64, w *mat.Dense) {
	if c.panics {
		panic("it hurts")
	}
	if c.ignoreStride {
		rows, cols := w.Dims()
		w = mat.NewDense(rows, cols, append([]float64(nil), w.RawMatrix().Data[:rows*cols]...))
	}
	before := append([]float64(nil), dst...)
	c.Measurement.Apply(dst, w)
	for k := range dst {
		if c.square {
			dst[k] *= dst[k]
		}
		if c.zero {
			dst[k] = 0
		}
		if c.adds {
			dst[k] += before[k]
		}
	}
	if c.eatsW {
		w.Set(0, 0, 0)
	}
	if c.buffer != nil {
		c.buffer[0]++
		dst[0] += c.buffer[0]
	}
}

func (c crooked) AddAdjoint(dst *mat.Dense, scale float64, y []float64) {
	if c.unscaled {
		scale = 1
	}
	if c.factor != 0 {
		scale *= c.factor
	}
	if c.zero {
		scale = 0
	}
	c.Measurement.AddAdjoint(dst, scale, y)
	if c.eatsY {
		y[0] = 0
	}
	if c.drifts != nil {
		dst.Set(0, 0, dst.At(0, 0)+1e-15*float64(c.drifts.Add(1)))
	}
	if raw := dst.RawMatrix(); c.eatsFrame && cap(raw.Data) > raw.Rows*raw.Stride {
		raw.Data[:cap(raw.Data)][cap(raw.Data)-1] = 0
	}
}

func TestCheckMeasurementCatches(t *testing.T) {
	p, err := mc.LowRank{Rows: 5, Cols: 4, Rank: 1, Observed: 12, Seed: 1}.Problem()
	if err != nil {
		t.Fatal(err)
	}
	good := p.Train
	for _, c := range []struct {
		name string
		m    crooked
		want string
	}{
		{"no rows", crooked{dims: true}, "Dims is 0×3; both must be at least 1"},
		{"fewer values", crooked{shorter: true}, "Len is 12, and there are 11 Values"},
		{"NaN", crooked{nan: true}, "Values()[1] is NaN"},
		{"not linear", crooked{square: true}, "Apply is not linear"},
		{"adds to dst", crooked{adds: true}, "Apply does not overwrite dst[0]"},
		{"not the adjoint", crooked{factor: 1 + 1e-9}, "AddAdjoint is not the adjoint of Apply"},
		{"scale is ignored", crooked{unscaled: true}, "AddAdjoint with scale −2 does not add"},
		{"W is changed", crooked{eatsW: true}, "Apply changes W"},
		{"y is changed", crooked{eatsY: true}, "AddAdjoint changes y"},
		{"what surrounds dst is changed", crooked{eatsFrame: true}, "AddAdjoint changes what surrounds dst"},
		{"stride is ignored", crooked{ignoreStride: true}, "Apply reads something else where W is a part of a " +
			"larger matrix"},
		{"another answer each time", crooked{drifts: new(atomic.Int64)}, "its Digest is "},
		{"a map of zeros", crooked{zero: true}, "twice the map with the same values has the same Digest"},
		{"no parts", crooked{parts: "refused"}, "a part of it: it is one"},
		{"other parts", crooked{parts: "shifted"}, "and in a part"},
		{"parts with one too few", crooked{parts: "fewer"}, "6 measurements of it measure a 5×4 matrix with Len 5"},
		{"the adjoint of a part", crooked{parts: "adjoint"}, "the adjoint of a part of it is wrong by 1"},
		{"a panic", crooked{panics: true}, "Apply: it panics: it hurts"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var r Report
			c.m.Measurement = good
			CheckMeasurement(&r, c.m)
			catches(t, &r, c.want)
		})
	}
	CheckMeasurement(t, crooked{Measurement: good})
}
