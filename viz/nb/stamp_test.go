package nb

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiffers(t *testing.T) {
	const now = "0.2.0, sources 81f0c3d2a1b4, amd64 avx512"
	const stored = `{"cells":[{"cell_type":"markdown","source":["x"]},
		{"outputs":[{"output_type":"stream","text":["1"]},{"metadata":{"project_penalty":"` + now + `"}},{"metadata":{"project_penalty":"%"}}]}]}`
	for was, want := range map[string]string{
		now: "",
		"0.1.0, sources 111111111111, amd64 avx2": "The outputs stored in this notebook are of Project Penalty " +
			"0.1.0, sources 111111111111, amd64 avx2. " +
			"Here runs " + now + ": results may differ, as the version does.",
		"0.2.0, sources 111111111111, amd64 avx512": "The outputs stored in this notebook are of Project " +
			"Penalty 0.2.0, sources 111111111111, amd64 avx512. " +
			"Here runs " + now + ": results may differ, as the sources do.",
		"0.2.0, sources 81f0c3d2a1b4, arm64 neon": "The outputs stored in this notebook are of Project Penalty " +
			"0.2.0, sources 81f0c3d2a1b4, arm64 neon. " +
			"Here runs " + now + ": the last digits may differ, as the processor does.",
		"something else": "The outputs stored in this notebook are of Project Penalty something else. " +
			"Here runs " + now +
			": results may differ, as the version does.",
	} {
		name := filepath.Join(t.TempDir(), "n.ipynb")
		if err := os.WriteFile(name, []byte(strings.Replace(stored, "%", was, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := differs(name, now); got != want {
			t.Errorf("%s: %q, want %q", was, got, want)
		}
	}
	if got := differs(filepath.Join(t.TempDir(), "none.ipynb"), now); got != "" {
		t.Errorf("no file: %q", got)
	}
}
