package nb

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program that fits for a package variable ends before the run, and says what to write; one that
// fits in a function, in a closure that a package variable holds, or outside of a notebook, runs.
func TestNotForVariables(t *testing.T) {
	const head = `package main

import (
	"fmt"
	"sync"

	"projectpenalty/mc"
	"projectpenalty/viz/nb"
)

var _ = sync.OnceValue(func() int { return 0 })

func run() *nb.Fitted {
	p := nb.Must(mc.LowRank{Rows: 5, Cols: 5, Rank: 1, Observed: 20, Seed: 1}.Problem())
	return nb.Fit(p, mc.DeepMF{Depth: 1, Steps: 3, Seed: 1}, mc.Trace{})
}

`
	const want = "nb: Fit is called by a variable above %%, which Go computes again in every cell. " +
		"Remove it with %rm and its name, and write a function, which cells call below %%:\n\n" +
		"\tfunc fit() *nb.Fitted { return nb.Fit(…) }\n"
	for _, c := range []struct {
		name, program string
		notebook      bool
		want          string
	}{
		{"variable", "var fit = run()\nfunc main() { fmt.Println(fit.Steps) }", true, want},
		{"init", "func init() { run() }\nfunc main() { fmt.Println(3) }", true, want},
		{"function", "func main() { fmt.Println(run().Steps) }", true, "3\n"},
		{"closure", "var fit = sync.OnceValue(func() *nb.Fitted { return run() })\nfunc main() { " +
			"fmt.Println(fit().Steps) }", true, "3\n"},
		{"no notebook", "var fit = run()\nfunc main() { fmt.Println(fit.Steps) }", false, "3\n"},
	} {
		file := filepath.Join(t.TempDir(), "main.go")
		if err := os.WriteFile(file, []byte(head+c.program), 0o644); err != nil {
			t.Fatal(err)
		}
		program := filepath.Join(t.TempDir(), "program")
		build := exec.Command("go", "build", "-o", program, file)
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", c.name, err, out)
		}
		command := exec.Command(program)
		command.Env = append(os.Environ(), "GONB_TMP_DIR=")
		if c.notebook {
			command.Env = append(command.Env, "GONB_PIPE=none", "GONB_PIPE_BACK=none")
		}
		out, err := command.CombinedOutput()
		want, fails := c.want, strings.HasPrefix(c.want, "nb:")
		if fails {
			want += file + ":15\n" // where Fit is called
		}
		if got := string(out); got != want || (err != nil) != fails {
			t.Errorf("%s: %v, it says %q, want %q", c.name, err, got, want)
		}
	}
}
