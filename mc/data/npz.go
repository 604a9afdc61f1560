package data

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// WriteNPZ writes arrays by name as numpy.load reads them, a zip of .npy files in the order of their names. Equal arrays give
// equal files.
func WriteNPZ(w io.Writer, arrays map[string]Array, layout Layout) error {
	archive := zip.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		if name == "" || strings.ContainsAny(name, "/\\\x00") {
			return fmt.Errorf("data: WriteNPZ: %q cannot be the name of an array", name)
		}
		out, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return fmt.Errorf("data: WriteNPZ: %w", err)
		}
		if err := WriteNPY(out, arrays[name], layout); err != nil {
			return fmt.Errorf("data: WriteNPZ: %s: %w", name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("data: WriteNPZ: %w", err)
	}
	return nil
}

// ReadNPZ reads all arrays of a file that numpy.savez or numpy.savez_compressed wrote. They may have 2 GiB of numbers
// between them.
func ReadNPZ(name string, r io.ReaderAt, size int64) (map[string]Array, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	arrays, left := make(map[string]Array), maxArray
	for _, f := range archive.File {
		short, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, fmt.Errorf("data: %s: %q is not an array", name, f.Name)
		}
		if _, twice := arrays[short]; twice {
			return nil, fmt.Errorf("data: %s: the array %q is there twice", name, short)
		}
		in, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("data: %s: %s: %w", name, short, err)
		}
		a, err := readNPY(in)
		in.Close()
		if err != nil {
			return nil, fmt.Errorf("data: %s: %s: %w", name, short, err)
		}
		if left -= len(a.Data); left < 0 {
			return nil, fmt.Errorf("data: %s: the arrays have more than %d numbers between them", name, maxArray)
		}
		arrays[short] = a
	}
	return arrays, nil
}

// WriteTrace writes a run as a .npz file: an array of one number a record for each of step, seconds, loss, penalty, objective,
// test, relative_error, nuclear_norm, frobenius_norm and effective_rank, the columns of [mc.Trace.WriteCSV]; singular_values
// (records × singular values, descending) and, if the truth is known, truth_singular_values. If the trace has them, there are also
// the parts of [mc.GradientSplit] (split_diagonal, split_off_diagonal, split_outside) and of [mc.UpdateAlignment]
// (update_norm, update_diagonal, update_truth, update_gradient). What is not known is NaN, as NumPy has it.
func WriteTrace(w io.Writer, t *mc.Trace) error {
	n, sigmas := len(t.Records), 0
	for _, r := range t.Records {
		sigmas = max(sigmas, len(r.SingularValues))
	}
	arrays := make(map[string]Array)
	column := func(name string, of func(mc.Record) float64) {
		a := Array{Shape: []int{n}, Data: make([]float64, n)}
		for k, r := range t.Records {
			a.Data[k] = of(r)
		}
		arrays[name] = a
	}
	optional := func(x *float64) float64 {
		if x == nil {
			return math.NaN()
		}
		return *x
	}
	column("step", func(r mc.Record) float64 { return float64(r.Step) })
	column("seconds", func(r mc.Record) float64 { return r.Elapsed.Seconds() })
	column("loss", func(r mc.Record) float64 { return r.Loss })
	column("penalty", func(r mc.Record) float64 { return r.Penalty })
	column("objective", func(r mc.Record) float64 { return r.Objective })
	column("test", func(r mc.Record) float64 { return optional(r.Test) })
	column("relative_error", func(r mc.Record) float64 { return optional(r.RelativeError) })
	column("nuclear_norm", func(r mc.Record) float64 { return r.NuclearNorm })
	column("frobenius_norm", func(r mc.Record) float64 { return r.FrobeniusNorm })
	column("effective_rank", func(r mc.Record) float64 { return r.EffectiveRank })
	if t.Split {
		part := func(name string, of func(*mc.GradientSplit) float64) {
			column(name, func(r mc.Record) float64 {
				if r.Split == nil {
					return math.NaN()
				}
				return of(r.Split)
			})
		}
		part("split_diagonal", func(s *mc.GradientSplit) float64 { return s.Diagonal })
		part("split_off_diagonal", func(s *mc.GradientSplit) float64 { return s.OffDiagonal })
		part("split_outside", func(s *mc.GradientSplit) float64 { return s.Outside })
	}
	if t.Alignment {
		part := func(name string, of func(*mc.UpdateAlignment) float64) {
			column(name, func(r mc.Record) float64 {
				if r.Alignment == nil {
					return math.NaN()
				}
				return of(r.Alignment)
			})
		}
		part("update_norm", func(a *mc.UpdateAlignment) float64 { return a.Norm })
		part("update_diagonal", func(a *mc.UpdateAlignment) float64 { return a.Diagonal })
		part("update_truth", func(a *mc.UpdateAlignment) float64 { return optional(a.Truth) })
		part("update_gradient", func(a *mc.UpdateAlignment) float64 { return a.Gradient })
	}
	spectra := Array{Shape: []int{n, sigmas}}
	for _, r := range t.Records {
		for i := range sigmas {
			if i < len(r.SingularValues) {
				spectra.Data = append(spectra.Data, r.SingularValues[i])
			} else {
				spectra.Data = append(spectra.Data, math.NaN())
			}
		}
	}
	arrays["singular_values"] = spectra
	if s := t.TruthSingularValues; s != nil {
		arrays["truth_singular_values"] = Array{Shape: []int{len(s)}, Data: s}
	}
	return WriteNPZ(w, arrays, Layout{})
}
