package data

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"projectpenalty/mc"
)

// WriteNPZ writes arrays by name as numpy.load reads them, a zip of .npy files in the order of
// their names. Equal arrays give equal files.
func WriteNPZ(w io.Writer, arrays map[string]Array, layout Layout) error {
	archive := zip.NewWriter(w)
	if err := addArrays(archive, arrays, layout); err != nil {
		return fmt.Errorf("data: WriteNPZ: %w", err)
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("data: WriteNPZ: %w", err)
	}
	return nil
}

// addArrays adds arrays to an archive in the order of their names.
func addArrays(archive *zip.Writer, arrays map[string]Array, layout Layout) error {
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		if name == "" || strings.ContainsAny(name, "/\\\x00") {
			return fmt.Errorf("%q cannot be the name of an array", name)
		}
		out, err := archive.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := WriteNPY(out, arrays[name], layout); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// ReadNPZ reads the arrays of a file that numpy.savez or numpy.savez_compressed wrote: those that
// are named or, with no names, all. Those that cannot be read, such as text, are named in the
// error, and the map has the others. They may have 2 GiB of numbers between them.
func ReadNPZ(name string, r io.ReaderAt, size int64, names ...string) (map[string]Array, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return readArrays(name, archive, names)
}

// readArrays reads arrays of an archive; names, unless there are none, are the ones to read.
func readArrays(name string, archive *zip.Reader, names []string) (map[string]Array, error) {
	arrays, left := make(map[string]Array), maxArray
	var failed []error
	there := map[string]bool{}
	for _, f := range archive.File {
		short, ok := strings.CutSuffix(f.Name, ".npy")
		if len(names) > 0 && !slices.Contains(names, short) {
			continue
		}
		if !ok {
			failed = append(failed, fmt.Errorf("data: %s: %q is not an array", name, f.Name))
			continue
		}
		if there[short] {
			return nil, fmt.Errorf("data: %s: the array %q is there twice", name, short)
		}
		there[short] = true
		a, err := readMember(f)
		if err != nil {
			failed = append(failed, fmt.Errorf("data: %s: %s: %w", name, short, err))
			continue
		}
		if left -= len(a.Data); left < 0 {
			return nil, fmt.Errorf("data: %s: the arrays have more than %d numbers between them", name, maxArray)
		}
		arrays[short] = a
	}
	for _, want := range names {
		if !there[want] {
			failed = append(failed, fmt.Errorf("data: %s: there is no array %q; there are %s", name, want,
				strings.Join(members(archive), ", ")))
		}
	}
	return arrays, errors.Join(failed...)
}

func readMember(f *zip.File) (Array, error) {
	in, err := f.Open()
	if err != nil {
		return Array{}, err
	}
	defer in.Close()
	return readNPY(in)
}

// members are the arrays of an archive with their shapes.
func members(archive *zip.Reader) []string {
	var list []string
	for _, f := range archive.File {
		short, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			continue
		}
		text := fmt.Sprintf("%q", short)
		if in, err := f.Open(); err == nil {
			if h, err := readHead(in); err == nil {
				text += fmt.Sprintf(" of shape (%s)", h.text)
			}
			in.Close()
		}
		if list = append(list, text); len(list) == 20 {
			break
		}
	}
	return list
}

// LoadArray reads the known entries of a matrix from one array of an .npz file, by its name. NaN is
// unknown. The other arrays need not be readable.
func LoadArray(path, name string) (*mc.Observations, error) {
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	defer archive.Close()
	return loadNPZ(path, &archive.Reader, name)
}

// loadNPZ reads the named array or, without a name, the only one or the sparse matrix.
func loadNPZ(path string, archive *zip.Reader, name string) (*mc.Observations, error) {
	var all []string
	for _, f := range archive.File {
		all = append(all, strings.TrimSuffix(f.Name, ".npy"))
	}
	if name == "" {
		if slices.Contains(all, "format") && slices.Contains(all, "shape") && slices.Contains(all, "data") {
			return readSparse(path, archive)
		}
		if len(all) != 1 {
			return nil, fmt.Errorf("data: %s: there are %d arrays: %s; choose one: data.LoadArray(%q, %q)", path,
				len(all), strings.Join(members(archive), ", "), path, all[0])
		}
		name = all[0]
	}
	arrays, err := readArrays(path, archive, []string{name})
	if err != nil {
		return nil, err
	}
	return observed(path, arrays[name])
}

// readSparse reads what scipy.sparse.save_npz writes of csr, csc and coo. An entry that is not
// stored is unknown, not zero.
func readSparse(path string, archive *zip.Reader) (*mc.Observations, error) {
	format, coords := "", false
	for _, f := range archive.File {
		coords = coords || f.Name == "coords.npy"
		if f.Name == "format.npy" {
			var err error
			if format, err = readText(f); err != nil {
				return nil, fmt.Errorf("data: %s: format: %w", path, err)
			}
		}
	}
	parts := map[string][]string{"csr": {"data", "indices", "indptr", "shape"},
		"csc": {"data", "indices", "indptr", "shape"}, "coo": {"data", "row", "col", "shape"}}[format]
	if parts == nil {
		return nil, fmt.Errorf("data: %s: the sparse matrix is of format %q; csr, csc and coo are read; save "+
			"it with tocsr()", path, format)
	}
	if format == "coo" && coords { // row above column, as later versions of SciPy have it
		parts = []string{"data", "coords", "shape"}
	}
	arrays, err := readArrays(path, archive, parts)
	if err != nil {
		return nil, err
	}
	if half := len(arrays["coords"].Data) / 2; coords {
		arrays["row"], arrays["col"] = Array{Data: arrays["coords"].Data[:half]},
			Array{Data: arrays["coords"].Data[half:]}
	}
	whole := func(part string, least, most int) ([]int, error) {
		list := make([]int, len(arrays[part].Data))
		for k, x := range arrays[part].Data {
			if x != math.Trunc(x) || x < float64(least) || x > float64(most) {
				return nil, fmt.Errorf("data: %s: %s: number %d is %v; it must be from %d to %d", path, part, k,
					x, least, most)
			}
			list[k] = int(x)
		}
		return list, nil
	}
	shape, err := whole("shape", 1, math.MaxInt32)
	if err != nil {
		return nil, err
	}
	value := arrays["data"].Data
	if len(shape) != 2 {
		return nil, fmt.Errorf("data: %s: shape has %d numbers; it must have two", path, len(shape))
	}
	if max(shape[0], shape[1]) > maxDim {
		return nil, fmt.Errorf("data: %s: the matrix is %d×%d; it may have %d rows and columns", path, shape[0],
			shape[1], maxDim)
	}
	var entries collector
	put := func(i, j int, x float64) {
		if !math.IsNaN(x) {
			entries.put(entries.n+1, i, j, x, 0)
		}
	}
	if format == "coo" {
		row, err := whole("row", 0, shape[0]-1)
		if err != nil {
			return nil, err
		}
		col, err := whole("col", 0, shape[1]-1)
		if err != nil {
			return nil, err
		}
		if len(row) != len(value) || len(col) != len(value) {
			return nil, fmt.Errorf("data: %s: row, col and data have %d, %d and %d numbers; there must be as "+
				"many of each", path, len(row), len(col), len(value))
		}
		for k, x := range value {
			put(row[k], col[k], x)
		}
	} else {
		long, short := shape[0], shape[1]
		if format == "csc" {
			long, short = short, long
		}
		bounds, err := whole("indptr", 0, len(value))
		if err != nil {
			return nil, err
		}
		at, err := whole("indices", 0, short-1)
		if err != nil {
			return nil, err
		}
		if len(bounds) != long+1 || len(at) != len(value) || bounds[0] != 0 || bounds[long] != len(value) ||
			!slices.IsSorted(bounds) {
			return nil, fmt.Errorf("data: %s: indptr, indices and data, of %d, %d and %d numbers, are not "+
				"those of a %d×%d matrix", path, len(bounds), len(at), len(value), shape[0], shape[1])
		}
		for i := range long {
			for k := bounds[i]; k < bounds[i+1]; k++ {
				if format == "csr" {
					put(i, at[k], value[k])
				} else {
					put(at[k], i, value[k])
				}
			}
		}
	}
	if entries.n == 0 {
		return nil, fmt.Errorf("data: %s: the sparse matrix has no entries", path)
	}
	o, _, err := entries.observations(shape[0], shape[1], nil, nil, 0, 0, Refuse)
	var twice *twiceError
	if errors.As(err, &twice) {
		return nil, fmt.Errorf(
			"data: %s: the entry (%d, %d) is stored twice; call sum_duplicates() before saving", path,
			twice.row, twice.col)
	} else if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	return o, nil
}

// readText reads a member that is one text, as NumPy has it: bytes ('|S3') or code points ('<U3').
func readText(f *zip.File) (string, error) {
	in, err := f.Open()
	if err != nil {
		return "", err
	}
	defer in.Close()
	h, err := readHead(in)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(io.LimitReader(in, 256))
	if err != nil {
		return "", err
	}
	return strings.ReplaceAll(string(body), "\x00", ""), textual(h.descr)
}

func textual(descr string) error {
	if len(descr) > 2 && (descr[1] == 'S' || descr[1] == 'U') {
		return nil
	}
	return fmt.Errorf("it is of type %q; it must be text", descr)
}

// WriteTrace writes a run as a .npz file: an array of one number per record for each of step,
// seconds, loss, penalty, objective, test, relative_error, nuclear_norm, frobenius_norm and
// effective_rank, the columns of [mc.Trace.WriteCSV]; singular_values (records × singular values,
// descending) and, if the truth is known, truth_singular_values. If the trace has them, there are
// also the parts of [mc.GradientSplit] (split_diagonal, split_off_diagonal, split_outside) and of
// [mc.UpdateAlignment] (update_norm, update_diagonal, update_truth, update_gradient). Unknown
// values are NaN.
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
