package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// patience is the least processor time after which a mutant is said not to end.
var patience = 60 * time.Second

// suite is the compiled tests of a folder.
type suite struct {
	folder, program string
	arguments       []string
	tests           []test
}

// test is one top-level test, run alone and without a mutant.
type test struct {
	name    string
	cpu     time.Duration
	reaches map[int]bool
}

// run tests mutants one by one.
func (p *pack) run(temporary, overlay string, numbers map[*mutant]int, kept *results) error {
	var suites []*suite
	for _, folder := range p.suites {
		s, err := build(temporary, overlay, folder)
		if err != nil {
			return err
		}
		suites = append(suites, s)
	}
	for _, m := range p.sampled {
		k, ok := numbers[m]
		if !ok {
			continue
		}
		r := result{Verdict: unreached}
		for _, s := range suites {
			if found := s.meet(k); found.Verdict != unreached {
				r = found
			}
			if interrupted.Err() != nil {
				return interrupted.Err()
			}
			if r.Verdict == noticed || r.Verdict == endless {
				break
			}
		}
		if err := kept.add(p, m, r); err != nil {
			return err
		}
		fmt.Printf("%s: %s %s\n", m, r.Verdict, r.By)
	}
	return nil
}

// build compiles the tests of a folder and runs each without a mutant, to learn its time and which
// mutants it reaches.
func build(temporary, overlay, folder string) (*suite, error) {
	s := &suite{folder: folder, program: filepath.Join(temporary, strings.ReplaceAll(folder, "/", "_")+".test")}
	compile := exec.Command("go", "test", "-c", "-vet=off", "-overlay", overlay, "-o", s.program, folder)
	if said, err := compile.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	s.arguments = []string{"-test.short", "-test.failfast", "-test.timeout=10m"}
	if said, _ := exec.Command(s.program, "-help").CombinedOutput(); bytes.Contains(said, []byte("rapid.nofailfile")) {
		s.arguments = append(s.arguments, "-rapid.nofailfile")
	}
	list := exec.Command(s.program, "-test.list=.")
	list.Dir = folder
	names, err := list.Output()
	if err != nil {
		return nil, err
	}
	for _, name := range strings.Fields(string(names)) {
		if strings.HasPrefix(name, "Benchmark") {
			continue
		}
		if interrupted.Err() != nil {
			return nil, interrupted.Err()
		}
		record := filepath.Join(temporary, "record")
		state, said, err := s.execute(0, []string{name}, "MUTANT_RECORD="+record)
		if err != nil {
			// Some tests look at the sources or at what the compiler makes of them.
			fmt.Printf("%s in %s fails without a mutant and is left out: %s\n", name, folder, by(said))
			os.Remove(record)
			continue
		}
		t := test{name: name, cpu: state.UserTime() + state.SystemTime(), reaches: map[int]bool{}}
		reached, _ := os.ReadFile(record) // there is none if it reaches none
		for _, number := range strings.Fields(string(reached)) {
			k, err := strconv.Atoi(number)
			if err != nil {
				return nil, err
			}
			t.reaches[k] = true
		}
		os.Remove(record)
		s.tests = append(s.tests, t)
	}
	slices.SortStableFunc(s.tests, func(a, b test) int { return cmp.Compare(a.cpu, b.cpu) })
	return s, nil
}

// meet runs the tests that reach mutant k, the quick ones first.
func (s *suite) meet(k int) result {
	r := result{Verdict: unreached}
	var names []string
	var cpu time.Duration
	flush := func() {
		if len(names) > 0 && (r.Verdict == unreached || r.Verdict == survived) {
			limit := max(patience, 20*cpu)
			state, said, err := s.execute(limit, names, "MUTANT="+strconv.Itoa(k))
			r = result{Verdict: survived}
			if err != nil {
				r = result{Verdict: noticed, By: by(said)}
				// The system kills what meets the limit.
				status, ok := state.Sys().(syscall.WaitStatus)
				if ok && status.Signaled() || bytes.Contains(said, []byte("SIGXCPU")) ||
					bytes.Contains(said, []byte("panic: test timed out")) {
					r = result{Verdict: endless, By: strings.Join(names, " ")}
				}
			}
		}
		names, cpu = nil, 0
	}
	bound := 500 * time.Millisecond
	for _, t := range s.tests {
		if !t.reaches[k] {
			continue
		}
		if cpu > 0 && cpu+t.cpu > bound {
			flush()
			bound *= 4
		}
		names, cpu = append(names, t.name), cpu+t.cpu
	}
	flush()
	return r
}

// execute runs tests with a limit of processor time, 0 for none, which a busy machine does not
// change.
func (s *suite) execute(limit time.Duration, names []string, environment string) (*os.ProcessState, []byte, error) {
	seconds := "unlimited"
	if limit > 0 {
		seconds = strconv.Itoa(int(limit / time.Second))
	}
	arguments := append([]string{"-c", `ulimit -t "$1" && shift && exec "$@"`, "sh", seconds, s.program,
		"-test.run=^(" + strings.Join(names, "|") + ")$"}, s.arguments...)
	cmd := exec.CommandContext(interrupted, "sh", arguments...)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), environment)
	// With a group of its own, what a test starts ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 10 * time.Second
	err := cmd.Run()
	if cmd.Process != nil {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	}
	return cmd.ProcessState, said.Bytes(), err
}

var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)|^panic: (.{1,80})|^fatal error: (.{1,80})`)

// by returns what failed first.
func by(said []byte) string {
	found := failure.FindSubmatch(said)
	if found == nil {
		return strings.TrimSpace(string(said[max(0, len(said)-80):]))
	}
	return string(bytes.Join(found[1:], nil))
}
