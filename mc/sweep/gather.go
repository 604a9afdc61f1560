package sweep

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"projectpenalty/mc/internal/filelock"
)

// Gather merges the results in a folder into one file, results.jsonl, and removes the files of
// processes that have ended. Results are in the order of the cells; those of a larger sweep in the
// same folder follow, by key. The same results give the same bytes, whichever engine computed them.
// An empty folder name means the folder of [Run].
func Gather(spec Spec, folder string) error {
	s := spec.store(folder)
	if err := s.open(spec); err != nil {
		return err
	}
	keys, err := spec.keys(0, 1)
	if err != nil {
		return err
	}
	return s.gather(keys)
}

// gather writes the results in the order of the keys.
func (s store) gather(keys []key) error {
	return s.locked(func(alone bool) error {
		names, err := s.sources()
		if err != nil {
			return err
		}
		// A process holds the lock of its file until it ends. Whose lock is free will never be
		// appended to again.
		var ended []string
		for _, name := range names {
			if !alone || filepath.Base(name) == resultsFile {
				continue
			}
			f, err := os.OpenFile(name, os.O_RDWR, 0)
			if err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
			defer f.Close()
			if filelock.Try(f) == filelock.Held {
				ended = append(ended, name)
			}
		}
		c := newColumns()
		if err := readAll(names, c); err != nil {
			return err
		}
		write := func(w io.Writer) error { return c.write(w, keys) }
		if err := replace(s.fs, filepath.Join(s.folder, resultsFile), write); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		if err := s.fs.syncDir(s.folder); err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		for _, name := range ended {
			if err := s.fs.remove(name); err != nil {
				return fmt.Errorf("sweep: %w", err)
			}
		}
		return s.tidy(alone)
	})
}

// scattered says whether results are elsewhere than in the gathered file.
func (s store) scattered() bool {
	names, err := s.sources()
	other := func(name string) bool { return filepath.Base(name) != resultsFile }
	return err != nil || slices.ContainsFunc(names, other)
}

// tidy removes the temporary files of processes that died while they replaced a file.
func (s store) tidy(alone bool) error {
	if !alone {
		return nil
	}
	left, err := os.ReadDir(s.folder)
	for _, file := range left {
		if !strings.HasSuffix(file.Name(), tmpSuffix) {
			continue
		}
		if e := s.fs.remove(filepath.Join(s.folder, file.Name())); err == nil {
			err = e
		}
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// write encodes the records of the keys in that order, then the others by key.
func (c *columns) write(w io.Writer, keys []key) error {
	rows, placed := make([]int32, 0, len(c.keys)), make([]bool, len(c.keys))
	for _, k := range keys {
		if row, ok := c.at[k]; ok {
			rows, placed[row] = append(rows, row), true
		}
	}
	others := len(rows)
	for row := range c.keys {
		if !placed[row] {
			rows = append(rows, int32(row))
		}
	}
	slices.SortFunc(rows[others:], func(a, b int32) int { return bytes.Compare(c.keys[a][:], c.keys[b][:]) })
	out := bufio.NewWriterSize(w, maxLine)
	var line []byte
	for _, row := range rows {
		line = c.record(row).sorted().append(line[:0])
		if _, err := out.Write(line); err != nil {
			return err
		}
	}
	return out.Flush()
}
