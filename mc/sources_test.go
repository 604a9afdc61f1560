package mc

import (
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// Every file of mc, of mc/network and of the packages within mc that these import counts, for all
// processors.
func TestSourcesAreComplete(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "projectpenalty/mc/network").Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, p := range strings.Fields(string(out)) {
		folder, ok := strings.CutPrefix(p+"/", "projectpenalty/mc/")
		if !ok {
			continue
		}
		files, err := os.ReadDir("./" + folder)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name := f.Name()
			if ext := path.Ext(name); (ext == ".go" || ext == ".s") && !strings.HasSuffix(name, "_test.go") {
				want = append(want, folder+name)
			}
		}
	}
	var got []string
	for name := range SourceFiles() {
		got = append(got, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("the digest is of\n%q\nwant\n%q", got, want)
	}
	if d := Sources(); len(d) != 12 {
		t.Errorf("digest %q", d)
	}
}

// What changes results changes the digest of a file; comments and formatting do not.
func TestSourceDigest(t *testing.T) {
	goDigest := func(text string) string {
		code, _ := goCode([]byte(text))
		return string(code)
	}
	assembly := func(text string) string { return string(assemblyCode(text)) }
	const code = "//go:build amd64\n\npackage a\n\nfunc f(x float64) float64 { return x + 1 }\n"
	const asm = "//go:build amd64\n\n// f adds.\nTEXT ·f(SB), 4, $0\n\tADDSD X0, X1 // one\n"
	for _, c := range []struct {
		name         string
		digest       func(string) string
		text, change string
		same         bool
	}{
		{"a comment", goDigest, code, strings.Replace(code, "func", "// f adds one.\nfunc", 1), true},
		{"spaces", goDigest, code, strings.Replace(code, "x + 1", "x  +  1", 1), true},
		{"a number", goDigest, code, strings.Replace(code, "+ 1", "+ 2", 1), false},
		{"an operator", goDigest, code, strings.Replace(code, "+ 1", "- 1", 1), false},
		{"a build rule", goDigest, code, strings.Replace(code, "amd64", "arm64", 1), false},
		{"the order of functions", goDigest, code + "func g() {}\n",
			strings.Replace(code, "func f", "func g() {}\nfunc f", 1), true},
		{"the order of statements", goDigest, code + "func g() { a(); b() }", code + "func g() { b(); a() }", false},
		{"the order of constants", goDigest, code + "const ( a = iota; b )", code + "const ( b = iota; a )", false},
		{"two words for one", goDigest, "package a; var b = c d", "package a; var b = cd", false},
		{"a comment", assembly, asm, strings.Replace(asm, "// one", "// two", 1), true},
		{"spaces", assembly, asm, strings.Replace(asm, "\tADDSD X0, ", "\tADDSD   X0,  ", 1), true},
		{"an instruction", assembly, asm, strings.Replace(asm, "ADDSD", "SUBSD", 1), false},
		{"a build rule", assembly, asm, strings.Replace(asm, "amd64", "arm64", 1), false},
		{"a row", assembly, asm, asm + "\tRET\n", false},
		{"two rows for one", assembly, asm + "\tRET\n\tJMP X\n", asm + "\tRET JMP X\n", false},
	} {
		if same := c.digest(c.text) == c.digest(c.change); same != c.same {
			t.Errorf("%s: the same digest is %v, want %v", c.name, same, c.same)
		}
	}
	_, imports := goCode([]byte(`package a
import "projectpenalty/mc/internal/kernel"
import "fmt"`))
	if !slices.Equal(imports, []string{"internal/kernel"}) {
		t.Errorf("imports %q", imports)
	}
}

func BenchmarkSources(b *testing.B) {
	for b.Loop() {
		for name := range sources().files {
			text, err := embedded.ReadFile(name)
			if err != nil {
				b.Fatal(err)
			}
			goCode(text)
		}
	}
}
