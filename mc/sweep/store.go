package sweep

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"projectpenalty/mc/internal/filelock"
)

// A store is the folder of a sweep:
//
//	sweep.json          the specification, frozen
//	results.jsonl       gathered results, in the order of the cells
//	runs/ID.jsonl       results of one process, which alone appends to the file
//	runs/ID.log.jsonl   how long its cells took, and the stacks of those that panicked: no result depends on it
//	runs/KEY.PROCESSOR  checkpoint of a cell that is under way, see kept
//	lock                held while the first two change
type store struct {
	folder string
	fs     files
}

// store returns that of a folder; an empty name means the folder of [Run].
func (s Spec) store(folder string) store {
	if folder == "" {
		folder = filepath.Join("results", s.Name)
	}
	return store{folder, disk{}}
}

const (
	specFile    = "sweep.json"
	resultsFile = "results.jsonl"
	lockFile    = "lock"
	runsFolder  = "runs"
	runsSuffix  = ".jsonl"
	logSuffix   = ".log.jsonl"
)

// open prepares the folder for the sweep. A new folder keeps the specification. A folder with
// another one is refused, unless one of the two has all levels of the other: an extended sweep
// continues the smaller one.
func (s store) open(spec Spec) error {
	if err := spec.Validate(); err != nil {
		return err
	}
	if err := s.fs.mkdir(filepath.Join(s.folder, runsFolder)); err != nil {
		return s.shut(err)
	}
	return s.locked(func(bool) error {
		err := s.check(spec)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errExtends) {
			return s.remember(spec.freeze())
		}
		return err
	})
}

// ErrOther is the error of a folder that holds the results of another sweep.
var ErrOther = errors.New("use another folder")

// errExtends is the error of a folder that holds a part of the sweep.
var errExtends = errors.New("the folder holds a smaller sweep")

// check compares the specification of the folder with the sweep.
func (s store) check(spec Spec) error {
	old, err := s.frozen()
	if err != nil {
		return err
	}
	now := spec.freeze()
	reason := now.within(old)
	switch {
	case reason == "":
		return nil
	case old.within(now) == "":
		return errExtends
	}
	return fmt.Errorf("sweep: %s holds another sweep (hash %s, this is %s): %s; %w",
		s.folder, old.Hash, now.Hash, reason, ErrOther)
}

// locked calls f while no other process changes the specification or the gathered results. Where
// the file system has no locks, alone is false.
func (s store) locked(f func(alone bool) error) error {
	file, err := os.OpenFile(filepath.Join(s.folder, lockFile), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return s.shut(err)
	}
	defer file.Close()
	return f(filelock.Wait(file) == filelock.Held)
}

// errShut ends the error of a folder that cannot be written.
var errShut = errors.New("name a folder that can be written")

func (s store) shut(err error) error {
	return fmt.Errorf("sweep: no results can be kept in %s: %w; %w", s.folder, err, errShut)
}

func (s store) remember(f frozen) error {
	err := replace(s.fs, filepath.Join(s.folder, specFile), f.write)
	if err == nil {
		err = s.fs.syncDir(s.folder)
	}
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// frozen reads the specification of the folder.
func (s store) frozen() (f frozen, err error) {
	name := filepath.Join(s.folder, specFile)
	text, err := os.ReadFile(name)
	if err != nil {
		return f, fmt.Errorf("sweep: %w", err)
	}
	return parseFrozen(name, text)
}

// found returns the results that the folder holds of the sweep, none if there is no such folder.
func (s store) found(spec Spec) (*columns, error) {
	there, err := exists(filepath.Join(s.folder, specFile))
	if err != nil {
		return nil, err
	}
	if !there {
		return newColumns(), nil
	}
	if err := s.check(spec); err != nil && !errors.Is(err, errExtends) {
		return nil, err
	}
	return s.read()
}

// read returns all results of the folder.
func (s store) read() (*columns, error) {
	// A process that gathers replaces the first file before it removes others: what was listed and
	// is gone by now is in the new first file. Then read again.
	for try := 0; ; try++ {
		names, err := s.sources()
		if err != nil {
			return nil, err
		}
		c := newColumns()
		if err = readAll(names, c); err == nil {
			return c, nil
		}
		if !errors.Is(err, fs.ErrNotExist) || try == 100 {
			return nil, err
		}
	}
}

// sources lists the files with results: the gathered ones, then those of each process.
func (s store) sources() ([]string, error) {
	// The runs come first: what is gathered and removed after this is found in the gathered file.
	runs, err := os.ReadDir(filepath.Join(s.folder, runsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("sweep: %w", err)
	}
	var names []string
	name := filepath.Join(s.folder, resultsFile)
	there, err := exists(name)
	if err != nil {
		return nil, err
	}
	if there {
		names = append(names, name)
	}
	for _, run := range runs {
		if name := run.Name(); strings.HasSuffix(name, runsSuffix) && !strings.HasSuffix(name, logSuffix) {
			names = append(names, filepath.Join(s.folder, runsFolder, name))
		}
	}
	return names, nil
}

// exists reports whether there is a file. Only a missing file is a no: results on a disk that does
// not answer must not count as results that are not there.
func exists(name string) (bool, error) {
	_, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("sweep: %w", err)
	}
	return true, nil
}

func readAll(names []string, c *columns) error {
	for _, name := range names {
		if err := readFile(name, c.add); err != nil {
			return err
		}
	}
	return nil
}

// maxLine bounds the length of a line.
const maxLine = 1 << 20

// readFile calls add with each record of a file. A crash tears the end of a file: a last line that
// stops within a record, perhaps followed by zeros, is dropped, and its cell has no result. Any
// other line that is not a record is an error.
func readFile(name string, add func(*record) error) error {
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	defer f.Close()
	return readLines(name, f, add)
}

func readLines(name string, f io.Reader, add func(*record) error) error {
	in := bufio.NewReaderSize(f, maxLine)
	var scan scanner
	for n := 1; ; n++ {
		line, err := in.ReadSlice('\n')
		last := err == io.EOF
		switch {
		case last && len(line) == 0:
			return nil
		case err == bufio.ErrBufferFull:
			return fmt.Errorf("sweep: %s:%d: a line of more than %d bytes", name, n, maxLine)
		case err != nil && !last:
			return fmt.Errorf("sweep: %s: %w", name, err)
		}
		text := bytes.TrimSuffix(line, []byte("\n"))
		if last {
			text = bytes.TrimRight(text, "\x00")
		}
		r, err := scan.scan(text)
		if last && (err == nil || errors.Is(err, errTorn)) {
			return nil // also a whole record counts only with its newline: its cell runs again
		}
		if err != nil {
			return fmt.Errorf("sweep: %s:%d: %w", name, n, err)
		}
		if err := add(r); err != nil {
			return fmt.Errorf("%w(%s:%d)", err, name, n)
		}
	}
}

// A writer appends the results of one process.
type writer struct {
	store store
	id    string
	f     file
	log   *os.File
	buf   []byte
}

func (s store) writer() (*writer, error) {
	for {
		w := &writer{store: s, id: unique()}
		f, err := s.fs.create(w.name())
		if err != nil {
			return nil, fmt.Errorf("sweep: %w", err)
		}
		// The lock says that the file is in use. Who gathers between its creation and its lock may
		// have removed it.
		filelock.Wait(f)
		mine, err := f.Stat()
		if there, e := os.Stat(w.name()); err == nil && e == nil && os.SameFile(mine, there) {
			w.f = f
			if err := s.fs.syncDir(filepath.Join(s.folder, runsFolder)); err != nil {
				f.Close()
				return nil, fmt.Errorf("sweep: %w", err)
			}
			return w, nil
		}
		f.Close()
	}
}

func (w *writer) name() string {
	return filepath.Join(w.store.folder, runsFolder, w.id+runsSuffix)
}

// write appends the records and returns once they are on the disk. After an error the file may end
// in a torn line, and nothing more may be written to it.
func (w *writer) write(records ...*record) error {
	w.buf = w.buf[:0]
	for _, r := range records {
		w.buf = r.append(w.buf)
	}
	if _, err := w.f.Write(w.buf); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if err := w.f.Sync(); err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	return nil
}

// note appends to the log, on which no result depends. A failure to log does not fail the sweep.
func (w *writer) note(n note) {
	if w.log == nil {
		name := filepath.Join(w.store.folder, runsFolder, w.id+logSuffix)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err != nil {
			return
		}
		w.log = f
	}
	if text, err := json.Marshal(n); err == nil {
		w.log.Write(append(text, '\n'))
	}
}

// A note is a line of the log.
type note struct {
	Key     string  `json:"key"`
	Seconds float64 `json:"seconds"`
	Stack   string  `json:"stack,omitempty"`
}

func (w *writer) close() error {
	if w.log != nil {
		w.log.Close()
	}
	return w.f.Close()
}
