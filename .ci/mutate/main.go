// Command mutate measures what the tests notice. It changes one operator of the code at a time, as
// a slip of the hand would, and runs the short tests: a mutant that no test fails on survives.
//
//	make mutate N=200 SEED=1
//
// The share of mutants that are noticed is printed per package, then every survivor as file:line:
// before → after, with what survivors.txt says of it: equivalent (no input tells it from the
// original), speed (results are the same, later or sooner), or hole (a test is missing).
//
// The working tree is left as it is. All mutants of a package are compiled at once, by go build's
// overlay: each function holds its mutated bodies, of which a variable of the environment chooses
// one. A mutant meets the tests that reach it, quick ones first. Those are the tests of its
// package, for mc those of mc/mctest as well, for mc/internal those of both. One that needs more
// than 60 s of processor time and twenty times that of the tests does not end: it is noticed.
// Results are kept in .cache/mutate, so the same call goes on where it ended. They hold until the
// package changes, or, for a survivor, until its tests change.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// groups are the packages whose code is mutated, with those whose tests look at them after their
// own.
var groups = []struct {
	pattern string
	others  []string
}{
	{"./mc", []string{"./mc/mctest"}},
	{"./mc/data", nil},
	{"./mc/sweep", nil},
	{"./mc/internal/...", []string{"./mc", "./mc/mctest"}},
	{"./viz", nil},
}

func main() {
	n := flag.Int("n", 200, "`number` of mutants, shared among packages by the square root of their sizes")
	seed := flag.Int("seed", 1, "seed of the `sample`; a larger one of a seed contains the smaller ones")
	only := flag.String("only", "", "mutate only the package in this `folder`, such as mc/data")
	match := flag.String("match", "", "test all mutants whose line, as it is printed, matches this `regexp`")
	flag.Parse()
	pattern, err := regexp.Compile(*match)
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate: -match:", err)
		os.Exit(2)
	}
	if *n < 1 || flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "mutate: -n is %d, with %d arguments; it must be at least 1, without arguments\n",
			*n, flag.NArg())
		os.Exit(2)
	}
	var stop context.CancelFunc
	interrupted, stop = signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err = mutate(*n, *seed, *only, pattern); err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// interrupted ends the tests that run; what is finished is kept.
var interrupted = context.Background()

func mutate(n, seed int, only string, match *regexp.Regexp) error {
	root, err := output("go", "list", "-m", "-f", "{{.Dir}}")
	if err != nil {
		return err
	}
	if err := os.Chdir(root); err != nil {
		return err
	}
	packages, err := load(seed)
	if err != nil {
		return err
	}
	kept, err := open(filepath.Join(root, ".cache/mutate/results.jsonl"))
	if err != nil {
		return err
	}
	defer kept.Close()
	known, err := readSurvivors(filepath.Join(root, ".ci/mutate/survivors.txt"))
	if err != nil {
		return err
	}
	var total float64
	for _, p := range packages {
		total += math.Sqrt(float64(len(p.mutants)))
	}
	var tested []*pack
	for _, p := range packages {
		if only != "" && p.folder != filepath.Clean(only) {
			continue
		}
		if match.String() != "" {
			p.mutants = slices.DeleteFunc(p.mutants, func(m *mutant) bool { return !match.MatchString(m.String()) })
			if len(p.mutants) > 0 {
				if err := p.test(len(p.mutants), kept); err != nil {
					return fmt.Errorf("%s: %w", p.folder, err)
				}
				tested = append(tested, p)
			}
			continue
		}
		share := int(math.Round(float64(n) * math.Sqrt(float64(len(p.mutants))) / total))
		if err := p.test(min(max(share, 1), len(p.mutants)), kept); err != nil {
			return fmt.Errorf("%s: %w", p.folder, err)
		}
		tested = append(tested, p)
	}
	if len(tested) == 0 {
		return fmt.Errorf("-only is %q and -match %q; they must leave a package, such as mc/data, and a mutant",
			only, match)
	}
	report(os.Stdout, tested, known, kept)
	return nil
}

// output returns what a command prints, without space around it.
func output(name string, arguments ...string) (string, error) {
	cmd := exec.Command(name, arguments...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return strings.TrimSpace(string(out)), err
}
