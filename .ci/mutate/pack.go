package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// pack is a package whose mutants are tested.
type pack struct {
	folder, root string
	sources      []*source
	mutants      []*mutant // in the order of the sample
	sampled      []*mutant
	code         string   // digest of the package without tests
	suites       []string // folders whose tests look at it, its own first
	tests        string   // digest of those tests
}

// load reads the packages of groups.
func load(seed int) ([]*pack, error) {
	root, err := os.Getwd()
	if err != nil {
		return nil, err
	}
	var packages []*pack
	for _, g := range groups {
		out, err := output("go", "list", "-f", "{{.Dir}}\t{{join .GoFiles \" \"}}", g.pattern)
		if err != nil {
			return nil, err
		}
		for _, line := range strings.Split(out, "\n") {
			dir, files, _ := strings.Cut(line, "\t")
			folder, err := filepath.Rel(root, dir)
			if err != nil {
				return nil, err
			}
			p := &pack{folder: folder, root: root}
			var code bytes.Buffer
			for _, name := range strings.Fields(files) {
				text, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					return nil, err
				}
				s, err := read(root, filepath.ToSlash(filepath.Join(folder, name)), text)
				if err != nil {
					return nil, err
				}
				p.sources = append(p.sources, s)
				p.mutants = append(p.mutants, s.mutants...)
				code.Write(text)
			}
			if len(p.mutants) == 0 {
				continue
			}
			p.code = digest(code.Bytes())
			shuffle(p.mutants, seed)
			var tests bytes.Buffer
			for _, suite := range append([]string{"./" + folder}, g.others...) {
				names, err := filepath.Glob(filepath.Join(suite, "*_test.go"))
				if err != nil {
					return nil, err
				}
				if len(names) == 0 && suite == "./"+folder {
					continue
				}
				p.suites = append(p.suites, suite)
				for _, name := range names {
					text, err := os.ReadFile(name)
					if err != nil {
						return nil, err
					}
					tests.Write(text)
				}
			}
			p.tests = digest(tests.Bytes())
			packages = append(packages, p)
		}
	}
	return packages, nil
}

func digest(text []byte) string { return fmt.Sprintf("%x", sha256.Sum256(text))[:12] }

// test samples n mutants that compile and runs those whose results are not kept.
func (p *pack) test(n int, kept *results) error {
	fmt.Printf("== %s: %d of %d mutants\n", p.folder, n, len(p.mutants))
	temporary, err := os.MkdirTemp("", "mutate")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	for {
		p.sampled = nil
		numbers := map[*mutant]int{}
		for _, m := range p.mutants {
			if len(p.sampled) == n {
				break
			}
			r := kept.of(p, m)
			if r != nil && r.Verdict == invalid {
				continue
			}
			p.sampled = append(p.sampled, m)
			if r == nil {
				numbers[m] = len(numbers) + 1
			}
		}
		if len(numbers) == 0 {
			return nil
		}
		overlay, err := p.overlay(temporary, numbers)
		if err != nil {
			return err
		}
		broken, err := p.compile(overlay, numbers)
		if err != nil {
			return err
		}
		if len(broken) == 0 {
			return p.run(temporary, overlay, numbers, kept)
		}
		for _, m := range broken {
			if err := kept.add(p, m, result{Verdict: invalid}); err != nil {
				return err
			}
		}
	}
}

// overlay writes the files with mutants, and the list of them that the go command reads.
func (p *pack) overlay(temporary string, numbers map[*mutant]int) (string, error) {
	replace := map[string]string{}
	for i, s := range p.sources {
		name := filepath.Join(temporary, fmt.Sprintf("%d.go", i))
		if err := os.WriteFile(name, s.with(numbers, i == 0), 0o600); err != nil {
			return "", err
		}
		replace[s.path] = name
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	name := filepath.Join(temporary, "overlay.json")
	return name, os.WriteFile(name, text, 0o600)
}

var complaint = regexp.MustCompile(`mutant(\d+):\d+`)

// compile returns the mutants that the compiler refuses.
func (p *pack) compile(overlay string, numbers map[*mutant]int) ([]*mutant, error) {
	said, err := exec.Command("go", "build", "-gcflags=-e", "-overlay", overlay, "./"+p.folder).CombinedOutput()
	if err == nil {
		return nil, nil
	}
	var broken []*mutant
	for _, found := range complaint.FindAllStringSubmatch(string(said), -1) {
		k, err := strconv.Atoi(found[1])
		if err != nil {
			return nil, err
		}
		for m, number := range numbers {
			if number == k && !slices.Contains(broken, m) {
				broken = append(broken, m)
			}
		}
	}
	if len(broken) == 0 {
		return nil, fmt.Errorf("%w\n%s", err, said)
	}
	return broken, nil
}
