package data

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/data/internal/disk"
)

// Load reads what is known of a matrix from a file, by the end of its name: .csv ([ReadTriples] if the first line is
// row,col,value, else [ReadTable]), .npy (NaN is unknown), .npz (of one array, the same), .mtx ([ReadMatrixMarket]).
func Load(path string) (*mc.Observations, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	switch end := strings.ToLower(filepath.Ext(path)); end {
	case ".csv":
		in := bufio.NewReader(f)
		start, _ := in.Peek(len("\xef\xbb\xbf") + 40) // an error shows again when the file is read
		first, _, _ := bytes.Cut(bytes.TrimPrefix(start, []byte("\xef\xbb\xbf")), []byte("\n"))
		if isHeader(first) {
			return ReadTriples(path, in, 0, 0)
		}
		return ReadTable(path, in)
	case ".mtx":
		return ReadMatrixMarket(path, f)
	case ".npy":
		a, err := ReadNPY(path, f)
		if err != nil {
			return nil, err
		}
		return observed(path, a)
	case ".npz":
		info, err := f.Stat()
		if err != nil {
			return nil, fmt.Errorf("data: %w", err)
		}
		arrays, err := ReadNPZ(path, f, info.Size())
		if err != nil {
			return nil, err
		}
		if len(arrays) != 1 {
			return nil, fmt.Errorf("data: %s: the file has %d arrays; ReadNPZ reads them all, Load needs there to be one", path, len(arrays))
		}
		var only Array
		for _, only = range arrays {
		}
		return observed(path, only)
	default:
		return nil, fmt.Errorf("data: %s: the name ends with %q; it must be .csv, .npy, .npz or .mtx", path, end)
	}
}

func observed(path string, a Array) (*mc.Observations, error) {
	w, err := a.Matrix()
	if err != nil {
		return nil, fmt.Errorf("data: %s: the array is of shape %v; it must be a matrix", path, a.Shape)
	}
	o, err := mc.ObserveDense(w)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	return o, nil
}

// Save makes a file of what write writes, whole or not at all: it appears under its name, in place of an older one, once
// everything is on the disk.
//
//	err := data.Save("run.npz", func(w io.Writer) error { return data.WriteTrace(w, trace) })
func Save(path string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer os.Remove(f.Name()) // fails where it was renamed
	defer f.Close()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(0o644); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return disk.Sync(filepath.Dir(path))
}
