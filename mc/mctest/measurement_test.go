package mctest

import (
	"math"
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
	c.Measurement.AddAdjoint(dst, scale, y)
	if c.eatsY {
		y[0] = 0
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
		{"stride is ignored", crooked{ignoreStride: true}, "Apply reads something else where W is a part of a larger matrix"},
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
