package sweep

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var errDisk = errors.New("no space left on the device")

// failing is a disk whose n-th operation of a kind fails, a write after half of its bytes, and all
// later operations of any kind too, or none.
type failing struct {
	mu      sync.Mutex
	kind    string
	n       int
	forever bool
	count   int
}

func (f *failing) failed() bool { return f.count >= f.n }

func (f *failing) op(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed() && f.forever {
		return errDisk
	}
	if what == f.kind {
		if f.count++; f.count == f.n {
			return errDisk
		}
	}
	return nil
}

func (f *failing) mkdir(name string) error {
	if err := f.op("mkdir"); err != nil {
		return err
	}
	return disk{}.mkdir(name)
}

func (f *failing) rename(from, to string) error {
	if err := f.op("rename"); err != nil {
		return err
	}
	return disk{}.rename(from, to)
}

func (f *failing) remove(name string) error {
	if err := f.op("remove"); err != nil {
		return err
	}
	return disk{}.remove(name)
}

func (f *failing) syncDir(name string) error {
	if err := f.op("sync of a folder"); err != nil {
		return err
	}
	return disk{}.syncDir(name)
}

func (f *failing) create(name string) (file, error) {
	if err := f.op("create"); err != nil {
		return nil, err
	}
	under, err := disk{}.create(name)
	return &failingFile{under, f}, err
}

type failingFile struct {
	file
	fs *failing
}

func (f *failingFile) Write(b []byte) (int, error) {
	if err := f.fs.op("write"); err != nil {
		n, _ := f.file.Write(b[:len(b)/2])
		return n, err
	}
	return f.file.Write(b)
}

func (f *failingFile) Sync() error {
	if err := f.fs.op("sync"); err != nil {
		return err
	}
	return f.file.Sync()
}

func (f *failingFile) Close() error {
	return errors.Join(f.file.Close(), f.fs.op("close"))
}

// Whichever operation of the disk fails, once or from then on, the sweep says so or had no need of
// it, and a later run completes it to the bytes of one without a fault.
func TestNthOperationFails(t *testing.T) {
	spec := toys(2)
	whole := t.TempDir()
	run(t, Local{Folder: whole}, spec)
	want := gathered(t, whole)
	for _, kind := range []string{"mkdir", "create", "write", "sync", "close", "rename", "remove", "sync of a folder"} {
		for _, forever := range []bool{false, true} {
			for n := 1; ; n++ {
				folder := t.TempDir()
				fs := &failing{kind: kind, n: n, forever: forever}
				_, err := Local{Folder: folder, Workers: 1, fs: fs}.Run(t.Context(), spec)
				if !fs.failed() {
					if err != nil || n == 1 {
						t.Errorf("%d operations %s and the error %v", n-1, kind, err)
					}
					break
				}
				if !errors.Is(err, errDisk) {
					t.Errorf("%s number %d fails and the sweep returns %v", kind, n, err)
				}
				run(t, Local{Folder: folder}, spec)
				if got := gathered(t, folder); got != want {
					t.Fatalf("after %s number %d failed, a later run gathers\n%swant\n%s", kind, n, got, want)
				}
				if left, _ := os.ReadDir(folder); len(left) != 4 {
					t.Errorf("%s number %d leaves %v", kind, n, left)
				}
			}
		}
	}
}

// The clock may jump, and files be copied with other times: results depend on no time, nor does
// what is merged.
func TestClock(t *testing.T) {
	spec := toys(4)
	whole := t.TempDir()
	run(t, Local{Folder: whole}, spec)
	folder := t.TempDir()
	for shard, at := range []time.Time{time.Unix(0, 0), time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), time.Now()} {
		run(t, Local{Folder: folder, Shard: shard, Shards: 3}, spec)
		err := filepath.WalkDir(folder, func(name string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Chtimes(name, at, at))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := Gather(spec, folder); err != nil {
		t.Fatal(err)
	}
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("times of files change what is gathered")
	}
}

// A folder that can no longer be written, or a full disk, ends the sweep with an error that says
// so; what is there can still be read.
func TestReadOnly(t *testing.T) {
	folder := t.TempDir()
	run(t, Local{Folder: folder}, toys(2))
	for _, cause := range []error{syscall.EROFS, syscall.ENOSPC} {
		_, err := Local{Folder: folder, fs: readOnly{disk{}, cause}}.Run(t.Context(), toys(3))
		if !errors.Is(err, cause) {
			t.Errorf("error %v, want %v", err, cause)
		}
		if p, err := PlanOf(toys(3), folder); err != nil || p.Done != 6 || len(p.Missing) != 3 {
			t.Errorf("plan %+v, %v", p, err)
		}
		if table, err := Read(folder); err != nil || table.Len() != 6 {
			t.Errorf("%d results, %v", table.Len(), err)
		}
	}
}

// A folder that was made by someone else and cannot be written is read if it has all results, also
// if they were never gathered.
func TestReadOnlyComplete(t *testing.T) {
	folder := t.TempDir()
	for shard := range 2 {
		run(t, Local{Folder: folder, Shard: shard, Shards: 2}, toys(2))
	}
	for cells, spec := range map[int]Spec{6: toys(2), 9: toys(3), 0: {Name: "another"}} {
		table, err := Local{Folder: folder, fs: sealed{}}.Run(t.Context(), spec)
		if complete := cells == 6; complete != (err == nil) || complete && table.Len() != cells {
			t.Errorf("%d cells of 6 done: %v and the error %v", cells, table, err)
		}
		if cells == 9 && !errors.Is(err, syscall.EROFS) {
			t.Errorf("error %v, want %v", err, syscall.EROFS)
		}
	}
}

type sealed struct{ disk }

func (sealed) mkdir(string) error { return syscall.EROFS }

// A file that cannot be looked at is not a file that is not there: nothing counts as missing, and
// nothing is replaced.
func TestUnreachable(t *testing.T) {
	for _, name := range []string{specFile, resultsFile} {
		folder := t.TempDir()
		run(t, Local{Folder: folder}, toys(2))
		run(t, Local{Folder: folder, Shard: 1, Shards: 2}, toys(3)) // has results to gather
		name = filepath.Join(folder, name)
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Base(name), name); err != nil { // ELOOP, as ESTALE needs a file server
			t.Skip(err)
		}
		if p, err := PlanOf(toys(3), folder); err == nil {
			t.Errorf("%s: the plan is %+v", name, p)
		}
		if _, err := Results(toys(3), folder); err == nil {
			t.Errorf("%s: there are results", name)
		}
		if err := Gather(toys(3), folder); err == nil {
			t.Errorf("%s: gathering succeeds", name)
		}
		if _, err := os.Readlink(name); err != nil {
			t.Errorf("%s was replaced: %v", name, err)
		}
	}
}

// readOnly creates no file.
type readOnly struct {
	disk
	cause error
}

func (r readOnly) create(name string) (file, error) {
	return nil, &os.PathError{Op: "open", Path: name, Err: r.cause}
}

// killed is the environment variable that makes this test binary a process with a sweep, to be
// killed.
const killed = "SWEEP_TEST_FOLDER"

func TestMain(m *testing.M) {
	if folder := os.Getenv(killed); folder != "" {
		seeds, err := strconv.Atoi(os.Getenv(killed + "_SEEDS"))
		if err == nil {
			_, err = Local{Folder: folder, Workers: 2,
				Progress: func(p Progress) { fmt.Println(p.Done) }}.Run(context.Background(), toys(seeds))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(t *testing.T, folder string, seeds int) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), killed+"="+folder, fmt.Sprintf("%s_SEEDS=%d", killed, seeds))
	cmd.Stderr = os.Stderr
	return cmd
}

// A process may be killed at any moment: what it said it had is there afterwards, bit by bit.
func TestKill(t *testing.T) {
	const kills, seeds = 60, 60
	spec := toys(seeds)
	folder, whole := t.TempDir(), t.TempDir()
	run(t, Local{Folder: whole}, spec)
	want := map[string]bool{}
	for _, line := range strings.SplitAfter(gathered(t, whole), "\n") {
		want[line] = true
	}
	rng := rand.New(rand.NewPCG(7, 7))
	have, restarts, begun := 0, 0, 0
	for n := range kills {
		cmd := child(t, folder, seeds)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Most die some time after their first result, others while they start.
		in, first := bufio.NewReader(out), ""
		if n%4 > 0 {
			first, _ = in.ReadString('\n')
		}
		timer := time.AfterFunc(time.Duration(rng.IntN(80_000))*time.Microsecond, func() { cmd.Process.Kill() })
		rest, _ := io.ReadAll(in)
		err = cmd.Wait()
		if timer.Stop() && err != nil {
			t.Fatal(err)
		}
		lines := strings.Fields(first + string(rest))
		told := have
		if len(lines) > 0 {
			// The last line may be torn; the one before is not.
			if told, err = strconv.Atoi(lines[max(0, len(lines)-2)]); err != nil {
				t.Fatal(err)
			}
		}
		table, err := Read(folder)
		if errors.Is(err, os.ErrNotExist) && have == 0 {
			continue // killed before it had begun
		}
		if err != nil {
			t.Fatalf("after kill %d: %v", n, err)
		}
		if now := table.Len(); now < have || now < told {
			t.Fatalf("after kill %d there are %d results; there were %d, and the process told of %d", n, now, have,
				told)
		} else if have = now; now == spec.Len() {
			have, folder = 0, t.TempDir()
			restarts++
		}
		for i := range table.Len() {
			row := table.Row(i)
			if line := string(table.record(row.row).sorted().append(nil)); !want[line] {
				t.Fatalf("after kill %d there is a result unlike the one without kills: %s", n, line)
			}
		}
		begun++
	}
	run(t, Local{Folder: folder}, spec)
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("sweeps with and without kills gather different bytes")
	}
	if begun < kills/2 {
		t.Errorf("only %d of %d kills came after the sweep had begun", begun, kills)
	}
	t.Logf("%d kills, %d sweeps completed", kills, restarts)
}

// Two processes and this one run one sweep in one folder at once: each ends well, and nothing is
// lost or different.
func TestTwoProcesses(t *testing.T) {
	const seeds = 60
	folder, whole := t.TempDir(), t.TempDir()
	run(t, Local{Folder: whole}, toys(seeds))
	a, b := child(t, folder, seeds), child(t, folder, seeds)
	for _, cmd := range []*exec.Cmd{a, b} {
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
	}
	run(t, Local{Folder: folder, Workers: 1}, toys(seeds))
	for _, cmd := range []*exec.Cmd{a, b} {
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if err := Gather(toys(seeds), folder); err != nil {
		t.Fatal(err)
	}
	if gathered(t, folder) != gathered(t, whole) {
		t.Error("three processes and one gather different bytes")
	}
	if left, _ := (store{folder, disk{}}).sources(); len(left) != 1 {
		t.Errorf("gathering leaves %q", left)
	}
}
