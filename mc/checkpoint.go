package mc

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding"
	"encoding/binary"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc/internal/kernel"
)

// A Checkpoint keeps a run in a file, so that it goes on after an interruption, a kill -9 included:
//
//	result, err := solver.Solve(ctx, problem, trace, mc.Checkpoint{File: "run.checkpoint"})
//
// If the file exists, the run continues from it, and ends with the same bits and the same [Trace]
// as without the interruption. The file is written whole or not at all: at intervals, and when the
// context is cancelled, unless that cuts a step short. A run that ends removes it. A file of other
// settings, data or code, or of another kind of processor, is refused with an error that names the
// difference.
//
// Every iterative solver of this package can be resumed, with any optimiser and schedule of this
// package, but [Biases], which takes an instant. [Biases], closed forms, and a solver or an
// optimiser of your own that is not a [Resumable] are refused by an error that wraps
// [ErrNotResumable]. A solver around another, such as [Debiased] or [Tune], is resumed in the run
// of the inner one; [Restarts] goes on with the attempts that were not finished. Observers that are
// not Resumable see only the states after the resumption.
type Checkpoint struct {
	// File must be given. Its folder must be there.
	File string
	// Interval between two writes. Default 30 s.
	Interval time.Duration
}

// ErrCheckpoint is the error of a file that cannot be written or read, or is of another run.
var ErrCheckpoint = errors.New("mc: Checkpoint")

// ErrNotResumable is the error of a run that a [Checkpoint] cannot keep.
var ErrNotResumable = errors.New("cannot be resumed")

// Observe does nothing: [Iterate] writes the file before it shows a state.
func (Checkpoint) Observe(*Step) {}

// Validate says what is wrong with the settings.
func (c Checkpoint) Validate() error {
	switch {
	case c.File == "":
		return errors.New("mc: Checkpoint.File is empty; it must name a file")
	case c.Interval < 0:
		return fmt.Errorf("mc: Checkpoint.Interval is %v; it must be at least 0, where 0 means 30 s", c.Interval)
	}
	return nil
}

// A Resumable is a [Method], [Stepper], [ScheduleWatcher], [Gauge] or [Observer] that a
// [Checkpoint] can keep. A Method may also have a Resumed(), which is called after the state has
// been read, to compute what follows from it. If its Step ends early once the context is done, it
// has a Whole() bool, which reports whether the last one was completed: only completed steps are
// kept.
type Resumable interface {
	// Kept returns, in a fixed order, all state on which later steps depend and which the settings
	// cannot restore: *float64, *int, *bool, []float64, [][]float64 and [][]float32 of a length
	// that stays, *[]float64, *[][]float64, *mat.Dense, *[]*mat.Dense, *blas64.General, another
	// Resumable, or an encoding.BinaryMarshaler that is an encoding.BinaryUnmarshaler, such as a
	// *rand.PCG. Reading a checkpoint writes into them.
	Kept() []any
}

// A keeper reads and writes the checkpoint of a run.
type keeper struct {
	Checkpoint
	step    *Step
	watched []string // observers that are kept
	kept    []any
	last    time.Time // of the last write
	there   bool      // there is, or may be, a file
}

// checkpointHeader says what run a checkpoint is of.
type checkpointHeader struct {
	Format    int
	Run       Run
	Files     map[string]string // of the sources
	Processor string
	Watched   []string // observers that are kept
}

const (
	checkpointFormat = 1
	checkpointMagic  = "mc checkpoint\n"
)

// newKeeper returns nil if no observer is a Checkpoint.
func newKeeper(s *Step, method Method, loop []any, observers []Observer) (*keeper, error) {
	var k *keeper
	for _, o := range observers {
		switch o := o.(type) {
		case Checkpoint:
			k = &keeper{Checkpoint: o}
		case *Checkpoint:
			k = &keeper{Checkpoint: *o}
		}
	}
	if k == nil {
		return nil, nil
	}
	if folder := filepath.Dir(k.File); !isFolder(folder) {
		return nil, fmt.Errorf("mc: Checkpoint.File is %s; its folder %s is not there", k.File, folder)
	}
	if k.Interval == 0 {
		k.Interval = 30 * time.Second
	}
	k.step, k.kept = s, append(loop, method)
	for _, o := range observers {
		if r, ok := o.(Resumable); ok {
			k.watched = append(k.watched, observerName(o))
			k.kept = append(k.kept, r)
		}
	}
	var b bytes.Buffer
	if err := keep(&b, k.kept); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	k.last = time.Now()
	return k, nil
}

// observerName describes an observer that is kept.
func observerName(o Observer) string {
	switch o := o.(type) {
	case *Trace:
		return fmt.Sprintf("mc.Trace{Every:%d, PerDecade:%d, Top:%d, Split:%v, Alignment:%v, Watch:%v}",
			o.Every, o.PerDecade, o.Top, o.Split, o.Alignment, o.Watch.Describe())
	case *within:
		return o.name()
	}
	return fmt.Sprintf("%T", o)
}

// within shows observers the states of an inner solver in the terms of the outer one.
type within struct {
	observers []Observer
	show      func(*Step)
}

func (w *within) Observe(s *Step) { w.show(s) }

// Validate asks those that it shows states to.
func (w *within) Validate() error {
	for _, o := range w.observers {
		if v, ok := o.(Validator); ok {
			if err := v.Validate(); err != nil {
				return err
			}
		}
	}
	return nil
}

// Kept has the observers that can be kept.
func (w *within) Kept() (kept []any) {
	for _, o := range w.observers {
		if r, ok := o.(Resumable); ok {
			kept = append(kept, r)
		}
	}
	return kept
}

func (w *within) name() string {
	var names []string
	for _, o := range w.observers {
		if _, ok := o.(Resumable); ok {
			names = append(names, observerName(o))
		}
	}
	return strings.Join(names, " ")
}

func isFolder(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

// resume reads the file, if there is one.
func (k *keeper) resume() (found bool, err error) {
	text, err := os.ReadFile(k.File)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	fail := func(format string, a ...any) (bool, error) {
		return false, fmt.Errorf("%w: %s %s; remove it, or name another file", ErrCheckpoint, k.File,
			fmt.Sprintf(format, a...))
	}
	n := len(text) - sha256.Size
	if n < 0 || !bytes.HasPrefix(text, []byte(checkpointMagic)) {
		return fail("is not a checkpoint")
	}
	if sum := sha256.Sum256(text[:n]); !bytes.Equal(sum[:], text[n:]) {
		return fail("is damaged")
	}
	head, rest, ok := bytes.Cut(text[len(checkpointMagic):n], []byte("\n"))
	var of checkpointHeader
	if err := json.Unmarshal(head, &of); err != nil || !ok {
		return fail("is damaged: %v", err)
	}
	here := k.about()
	switch {
	case of.Format != here.Format:
		return fail("has format %d, this program reads %d", of.Format, here.Format)
	case of.Run.Solver != here.Run.Solver:
		return fail("is of %s, and not of %s", of.Run.Solver, here.Run.Solver)
	case of.Run.Data != here.Run.Data:
		return fail("is of other data: their digest is %.12s, and not %.12s", of.Run.Data, here.Run.Data)
	case of.Run.Version != here.Run.Version || of.Run.Sources != here.Run.Sources:
		return fail("is of other code, version %s and sources %s; these files differ: %s", of.Run.Version,
			of.Run.Sources,
			strings.Join(differing(of.Files, here.Files), ", "))
	case of.Processor != here.Processor:
		return fail("was computed by %s, and not by %s", of.Processor, here.Processor)
	case !slices.Equal(of.Watched, here.Watched):
		return fail("has the observers %v, and not %v", of.Watched, here.Watched)
	}
	if err := restore(bytes.NewReader(rest), k.kept); err != nil {
		return fail("does not fit the run: %v", err)
	}
	k.there = true
	return true, nil
}

// about says what run the checkpoint is of.
func (k *keeper) about() checkpointHeader {
	return checkpointHeader{Format: checkpointFormat, Run: k.step.Run(), Files: SourceFiles(),
		Processor: Processor(), Watched: k.watched}
}

// differing names the files of which one side has another digest or none.
func differing(a, b map[string]string) (names []string) {
	for name := range a {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// due reports whether it is time to write.
func (k *keeper) due(ctx context.Context) bool {
	return ctx.Err() != nil || time.Since(k.last) >= k.Interval
}

// write replaces the file by one of the state as it is.
func (k *keeper) write() error {
	head, err := json.Marshal(k.about())
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	b := bytes.NewBufferString(checkpointMagic)
	b.Write(append(head, '\n'))
	if err := keep(b, k.kept); err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	sum := sha256.Sum256(b.Bytes())
	b.Write(sum[:])
	k.there = true
	err = k.replace(b.Bytes())
	if errors.Is(err, fs.ErrNotExist) { // a process that had the same run, and ended it, removed the temporary file
		err = k.replace(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	k.last = time.Now()
	return nil
}

// replace writes the text to a temporary file, which then takes the place of the file.
func (k *keeper) replace(text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(k.File), k.temporary()+"*"+unfinished)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), k.File)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// temporary begins the names of files that are not whole yet: a number and unfinished follow.
func (k *keeper) temporary() string { return "." + filepath.Base(k.File) + "-" }

const unfinished = ".unfinished"

// isTemporary reports whether replace makes files of this name. Those of another checkpoint may
// begin alike.
func (k *keeper) isTemporary(name string) bool {
	number, begins := strings.CutPrefix(name, k.temporary())
	number, ends := strings.CutSuffix(number, unfinished)
	return begins && ends && strings.Trim(number, "0123456789") == ""
}

// remove deletes the file of a run that has ended, and what a process left that was killed as it
// wrote.
func (k *keeper) remove() error {
	if !k.there {
		return nil
	}
	folder, names := filepath.Dir(k.File), []string{filepath.Base(k.File)}
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if k.isTemporary(e.Name()) {
			names = append(names, e.Name())
		}
	}
	for _, name := range names {
		if gone := os.Remove(filepath.Join(folder, name)); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return nil
}

// keep writes values, each after its length.
func keep(b *bytes.Buffer, values []any) error {
	number := func(x any) { binary.Write(b, binary.LittleEndian, x) }
	list := func(x []float64) {
		number(int64(len(x)))
		number(x)
	}
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case *float64:
			number(*v)
		case *int:
			number(int64(*v))
		case *bool:
			number(*v)
		case []float64:
			list(v)
		case *[]float64:
			list(*v)
		case [][]float32:
			number(int64(len(v)))
			for _, x := range v {
				number(int64(len(x)))
				number(x)
			}
		case [][]float64:
			number(int64(len(v)))
			for _, x := range v {
				list(x)
			}
		case *[][]float64:
			number(int64(len(*v)))
			for _, x := range *v {
				list(x)
			}
		case *kernel.Matrix:
			number([]int64{int64(v.Rows), int64(v.Cols), int64(v.Stride)})
			list(v.Data)
		case *mat.Dense:
			keepMatrix(b, v)
		case *[]*mat.Dense:
			number(int64(len(*v)))
			for _, w := range *v {
				keepMatrix(b, w)
			}
		case Resumable:
			if err := keep(b, v.Kept()); err != nil {
				return err
			}
		case encoding.BinaryMarshaler:
			if _, ok := v.(encoding.BinaryUnmarshaler); !ok {
				return fmt.Errorf("%T has MarshalBinary without UnmarshalBinary: it %w", v, ErrNotResumable)
			}
			text, err := v.MarshalBinary()
			if err != nil {
				return fmt.Errorf("%T: %w", v, err)
			}
			number(int64(len(text)))
			b.Write(text)
		default:
			return fmt.Errorf("%T has no method Kept, see mc.Resumable: it %w", v, ErrNotResumable)
		}
	}
	return nil
}

func keepMatrix(b *bytes.Buffer, w *mat.Dense) {
	rows, cols := w.Dims()
	binary.Write(b, binary.LittleEndian, []int64{int64(rows), int64(cols)})
	for i := range rows {
		binary.Write(b, binary.LittleEndian, w.RawRowView(i))
	}
}

// restore reads what keep writes.
func restore(r *bytes.Reader, values []any) (err error) {
	read := func(to any) {
		if err == nil {
			err = binary.Read(r, binary.LittleEndian, to)
		}
	}
	length := func(want int) int { // want < 0: any
		var n int64
		read(&n)
		if err == nil && (n < 0 || n > int64(r.Len()) || want >= 0 && n != int64(want)) {
			err = fmt.Errorf("a length is %d, not %d", n, want)
		}
		if err != nil {
			return 0
		}
		return int(n)
	}
	matrix := func(w *mat.Dense) *mat.Dense {
		var shape [2]int64
		read(&shape)
		rows, cols := int(shape[0]), int(shape[1])
		if err == nil && (rows < 1 || cols < 1 || int64(rows)*int64(cols) > int64(r.Len())) {
			err = fmt.Errorf("a matrix is %d×%d", rows, cols)
		}
		if err != nil {
			return w
		}
		if w == nil {
			w = mat.NewDense(rows, cols, nil)
		}
		if m, n := w.Dims(); m != rows || n != cols {
			err = fmt.Errorf("a matrix is %d×%d, not %d×%d", rows, cols, m, n)
			return w
		}
		for i := range rows {
			read(w.RawRowView(i))
		}
		return w
	}
	for _, v := range values {
		switch v := v.(type) {
		case nil:
		case *float64:
			read(v)
		case *int:
			var n int64
			read(&n)
			*v = int(n)
		case *bool:
			read(v)
		case []float64:
			length(len(v))
			read(v)
		case *[]float64:
			*v = make([]float64, length(-1))
			read(*v)
			if len(*v) == 0 {
				*v = nil
			}
		case [][]float64:
			length(len(v))
			for _, x := range v {
				length(len(x))
				read(x)
			}
		case [][]float32:
			length(len(v))
			for _, x := range v {
				length(len(x))
				read(x)
			}
		case *[][]float64:
			*v = make([][]float64, length(-1))
			for i := range *v {
				(*v)[i] = make([]float64, length(-1))
				read((*v)[i])
			}
		case *kernel.Matrix:
			var shape [3]int64
			read(&shape)
			*v = kernel.Matrix{Rows: int(shape[0]), Cols: int(shape[1]), Stride: int(shape[2])}
			if n := length(-1); n > 0 {
				v.Data = make([]float64, n)
				read(v.Data)
			}
		case *mat.Dense:
			matrix(v)
		case *[]*mat.Dense:
			n := length(-1)
			*v = nil
			for range n {
				*v = append(*v, matrix(nil))
			}
		case Resumable:
			if err == nil {
				err = restore(r, v.Kept())
			}
		case encoding.BinaryUnmarshaler:
			text := make([]byte, length(-1))
			read(text)
			if err == nil {
				err = v.UnmarshalBinary(text)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Kept has the trace's records and its gauges' state.
func (t *Trace) Kept() []any {
	if len(t.gauges) != len(t.Watch) {
		t.gauges = nil
		for _, q := range t.Watch {
			t.gauges = append(t.gauges, q.Watch())
		}
	}
	kept := []any{recorded{t}}
	for _, g := range t.gauges {
		if r, ok := g.(Resumable); ok {
			kept = append(kept, r)
		}
	}
	return kept
}

// recorded is what a trace has recorded, apart from its gauges.
type recorded struct{ of *Trace }

type recordedState struct {
	Run     Run
	Truth   []float64
	Records []recordGob // one encoder for all of them takes a tenth of the time
	Awaits  bool
	Pending []*mat.Dense // w, gradient, u, v, and the subspaces of the ground truth if it is known
}

func (r recorded) MarshalBinary() ([]byte, error) {
	state := recordedState{Run: r.of.Run, Truth: r.of.TruthSingularValues, Awaits: r.of.awaits}
	for _, record := range r.of.Records {
		state.Records = append(state.Records, toGob(record))
	}
	if p := r.of.pending; p != nil {
		state.Pending = []*mat.Dense{p.w, p.gradient, p.u, p.v}
		if p.truthU != nil {
			state.Pending = append(state.Pending, p.truthU, p.truthV)
		}
	}
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(state)
	return b.Bytes(), err
}

func (r recorded) UnmarshalBinary(text []byte) error {
	var state recordedState
	if err := gob.NewDecoder(bytes.NewReader(text)).Decode(&state); err != nil {
		return err
	}
	t := r.of
	t.Run, t.TruthSingularValues, t.Records, t.awaits, t.pending = state.Run, state.Truth, nil, state.Awaits, nil
	for _, g := range state.Records {
		t.Records = append(t.Records, fromGob(g))
	}
	if p := state.Pending; p != nil {
		t.pending = &stepBasis{w: p[0], gradient: p[1], u: p[2], v: p[3]}
		if len(p) > 4 {
			t.pending.truthU, t.pending.truthV = p[4], p[5]
		}
	}
	return nil
}
