package catalog

import (
	"os"
	"strings"
	"testing"
)

// The surveys in the package's documentation are those of the catalogue.
func TestSurveysAreCurrent(t *testing.T) {
	for _, path := range []string{"../../doc.go", "../../README.md"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		survey, err := Survey(string(text))
		if err != nil {
			t.Fatal(err)
		}
		if survey != string(text) {
			t.Errorf("%s is not up to date; run go generate ./mc/internal/catalog", path)
		}
	}
}

// An estimate of zeros is off by 1, and any two of the data's size agree to within 2: only less
// than that is a claim.
func TestClaimsClaimSomething(t *testing.T) {
	for _, s := range Solvers() {
		for name, within := range map[string]float64{"Recovery": s.Recovery, "Transposition": s.Transposition,
			"Permutation": s.Permutation, "Units": s.Units, "Shift": s.Shift} {
			if within > 0.1 { // no solver needs more
				t.Errorf("%T: %s is %v", s.Solver, name, within)
			}
		}
	}
}

func TestSurveyRefusesOtherFiles(t *testing.T) {
	for text, want := range map[string]string{
		"# mc\n": `no line that begins with "| penalty R(W) |"`,
		"// Package mc\n//\n// # Penalties\n//\n// " +
			"None.\n": `no line after "// # Penalties" begins with "//   "`,
	} {
		if _, err := Survey(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Survey(%q): error %v does not say %q", text, err, want)
		}
	}
}
