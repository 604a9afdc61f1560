package data

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
)

// modelFile is model.json.
type modelFile struct {
	Format     string      `json:"format"`
	Version    int         `json:"version"`
	Mean       float64     `json:"mean"`
	Lo         float64     `json:"lo"`
	Hi         float64     `json:"hi"`
	Lambda     float64     `json:"lambda"`
	RowLambda  float64     `json:"row_lambda"`
	PerEntry   bool        `json:"per_entry"`
	Neighbours int         `json:"neighbours"`
	Shrinkage  float64     `json:"shrinkage"`
	Rows       *labelsFile `json:"rows"`
	Cols       *labelsFile `json:"cols"`
}

// labelsFile are the names of rows or columns: labels, or the numbers from First on.
type labelsFile struct {
	Name   string   `json:"name"`
	First  int      `json:"first"`
	Labels []string `json:"labels"`
}

const (
	modelFormat  = "matrix completion model"
	modelVersion = 1
	modelMember  = "model.json"
)

// SaveModel makes a file of the model, by [WriteModel], whole or not at all.
func SaveModel(path string, m *mc.Model) error {
	return Save(path, func(w io.Writer) error { return WriteModel(w, m) })
}

// WriteModel writes a model as an .npz file, which numpy.load reads, of float64 arrays,
//
//	row_bias (rows), col_bias (cols)    a and b, if the model has biases
//	col_scale (cols)                    scales of columns in folding in a row, if they differ
//	x (rows × k), y (cols × k)          if it has factors
//	observed_start (rows + 1)           the entries of row i are start[i] … start[i+1]−1
//	observed_col, observed_value        columns, counted from 0, and values of the observed entries
//	observed_per_col (cols)             the number of observed entries of each column
//
// and a member model.json with the other numbers of [mc.Model] by their names, such as mean and
// row_lambda, and the names of rows and cols: labels, or null for the numbers from first on. A
// matrix without names has null for rows or cols. The prediction is mean + row_bias[i] +
// col_bias[j] + x[i]·y[j], held within lo and hi if they differ. Equal models give equal files, and
// a model that is read predicts the same bits.
//
//	file = numpy.load("model.npz"); about = json.loads(file["model.json"])
func WriteModel(w io.Writer, m *mc.Model) error {
	if m == nil {
		return fmt.Errorf("data: WriteModel: the model is nil")
	}
	if err := m.Validate(); err != nil {
		return fmt.Errorf("data: WriteModel: %w", err)
	}
	o := m.Observed
	rows, cols := o.Dims()
	start, perCol, col := make([]float64, rows+1), make([]float64, cols), make([]float64, o.Len())
	for k, e := range o.All() {
		start[e.Row+1]++
		perCol[e.Col]++
		col[k] = float64(e.Col)
	}
	for i := range rows {
		start[i+1] += start[i]
	}
	arrays := map[string]Array{
		"observed_start": vector(start), "observed_per_col": vector(perCol), "observed_col": vector(col),
		"observed_value": vector(o.Values()),
	}
	if m.RowBias != nil {
		arrays["row_bias"], arrays["col_bias"] = vector(m.RowBias), vector(m.ColBias)
	}
	if m.ColScale != nil {
		arrays["col_scale"] = vector(m.ColScale)
	}
	if m.X != nil {
		arrays["x"], arrays["y"] = NewArray(m.X), NewArray(m.Y)
	}
	text, err := json.MarshalIndent(modelFile{
		Format: modelFormat, Version: modelVersion, Mean: m.Mean, Lo: m.Lo, Hi: m.Hi, Lambda: m.Lambda,
		RowLambda: m.RowLambda, PerEntry: m.PerEntry, Neighbours: m.Neighbours, Shrinkage: m.Shrinkage,
		Rows: labelsOf(o.RowIndex()), Cols: labelsOf(o.ColIndex()),
	}, "", " ")
	if err != nil {
		return fmt.Errorf("data: WriteModel: %w", err)
	}
	archive := zip.NewWriter(w)
	out, err := archive.CreateHeader(&zip.FileHeader{Name: modelMember, Method: zip.Store})
	if err == nil {
		_, err = out.Write(append(text, '\n'))
	}
	if err == nil {
		err = addArrays(archive, arrays, Layout{})
	}
	if err == nil {
		err = archive.Close()
	}
	if err != nil {
		return fmt.Errorf("data: WriteModel: %w", err)
	}
	return nil
}

func vector(x []float64) Array { return Array{Shape: []int{len(x)}, Data: x} }

// labelsOf says numbers that count on by the first.
func labelsOf(x *mc.Index) *labelsFile {
	if x == nil {
		return nil
	}
	f := &labelsFile{Name: x.Name()}
	first, err := strconv.Atoi(x.Label(0))
	counts := err == nil && first >= 0
	for k := range x.Len() {
		f.Labels = append(f.Labels, x.Label(k))
		counts = counts && x.Label(k) == strconv.Itoa(first+k)
	}
	if counts {
		f.First, f.Labels = first, nil
	}
	return f
}

// index returns the names of n rows or columns.
func (f *labelsFile) index(n int) (*mc.Index, error) {
	switch {
	case f == nil:
		return nil, nil
	case f.Labels == nil && (f.First < 0 || f.First > math.MaxInt-n):
		return nil, fmt.Errorf("labels that count from %d; it must be at least 0", f.First)
	case f.Labels == nil:
		return mc.CountingIndex(f.Name, f.First, n), nil
	}
	return mc.NewIndex(f.Name, f.Labels)
}

// LoadModel reads what [SaveModel] wrote.
func LoadModel(path string) (*mc.Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, absent(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	return ReadModel(path, f, info.Size())
}

// ReadModel reads what [WriteModel] wrote. Memory is proportional to the arrays in the file.
func ReadModel(name string, r io.ReaderAt, size int64) (*mc.Model, error) {
	archive, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	about, err := readAbout(archive)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	want := []string{"observed_start", "observed_per_col", "observed_col", "observed_value"}
	for _, f := range archive.File {
		switch f.Name {
		case "row_bias.npy", "col_bias.npy", "col_scale.npy", "x.npy", "y.npy":
			want = append(want, f.Name[:len(f.Name)-len(".npy")])
		}
	}
	arrays, err := readArrays(name, archive, want)
	if err != nil {
		return nil, err
	}
	m, err := about.model(arrays)
	if err == nil {
		err = m.Validate()
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return m, nil
}

// readAbout reads model.json.
func readAbout(archive *zip.Reader) (*modelFile, error) {
	for _, f := range archive.File {
		if f.Name != modelMember {
			continue
		}
		if f.UncompressedSize64 > 8*maxArray {
			return nil, fmt.Errorf("%s has %d bytes; it must be at most %d", modelMember, f.UncompressedSize64,
				8*maxArray)
		}
		in, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer in.Close()
		text, err := io.ReadAll(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", modelMember, err)
		}
		about, decoder := new(modelFile), json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(about); err != nil {
			return nil, fmt.Errorf("%s: %w", modelMember, err)
		}
		if about.Format != modelFormat || about.Version != modelVersion {
			return nil, fmt.Errorf("%s says format %q, version %d; it must be %q, version %d", modelMember,
				about.Format,
				about.Version, modelFormat, modelVersion)
		}
		return about, nil
	}
	return nil, fmt.Errorf("there is no %s; the file must be one that SaveModel wrote", modelMember)
}

// model puts the parts together.
func (f *modelFile) model(arrays map[string]Array) (*mc.Model, error) {
	for _, name := range []string{"observed_start", "observed_per_col", "observed_col", "observed_value",
		"row_bias", "col_bias", "col_scale"} {
		if a, ok := arrays[name]; ok && len(a.Shape) != 1 {
			return nil, fmt.Errorf("%s is of shape %v; it must have one dimension", name, a.Shape)
		}
	}
	rows, cols := len(arrays["observed_start"].Data)-1, len(arrays["observed_per_col"].Data)
	values := arrays["observed_value"].Data
	start := make([]int, max(rows+1, 0))
	for i, x := range arrays["observed_start"].Data {
		if x != math.Trunc(x) || !(x >= 0) || x > float64(len(values)) {
			return nil, fmt.Errorf("observed_start[%d] is %v; it must be a whole number from 0 to %d", i, x,
				len(values))
		}
		start[i] = int(x)
	}
	col := make([]int32, len(arrays["observed_col"].Data))
	perCol := make([]float64, cols)
	for k, x := range arrays["observed_col"].Data {
		if x != math.Trunc(x) || !(x >= 0) || x >= float64(cols) || x > math.MaxInt32 {
			return nil, fmt.Errorf("observed_col[%d] is %v; it must be a whole number from 0 to %d", k, x, cols-1)
		}
		col[k] = int32(x)
		perCol[col[k]]++
	}
	for j, n := range arrays["observed_per_col"].Data {
		if n != perCol[j] {
			return nil, fmt.Errorf("observed_per_col[%d] is %v; observed_col has %v entries of the column", j,
				n, perCol[j])
		}
	}
	o, err := mc.ObserveRows(rows, cols, start, col, values)
	if err != nil {
		return nil, err
	}
	rowIndex, err := f.Rows.index(rows)
	if err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	colIndex, err := f.Cols.index(cols)
	if err != nil {
		return nil, fmt.Errorf("cols: %w", err)
	}
	if o, err = o.WithIndex(rowIndex, colIndex); err != nil {
		return nil, err
	}
	m := &mc.Model{
		Observed: o, Mean: f.Mean, RowBias: arrays["row_bias"].Data, ColBias: arrays["col_bias"].Data,
		ColScale: arrays["col_scale"].Data, Lambda: f.Lambda,
		RowLambda: f.RowLambda, PerEntry: f.PerEntry, Neighbours: f.Neighbours, Shrinkage: f.Shrinkage,
		Lo: f.Lo, Hi: f.Hi,
	}
	factors := func(name string) (*mat.Dense, error) {
		a, ok := arrays[name]
		if !ok {
			return nil, nil
		}
		if len(a.Shape) != 2 || len(a.Data) == 0 {
			return nil, fmt.Errorf("%s is of shape %v; it must be a matrix", name, a.Shape)
		}
		return a.Matrix()
	}
	if m.X, err = factors("x"); err != nil {
		return nil, err
	}
	m.Y, err = factors("y")
	return m, err
}
