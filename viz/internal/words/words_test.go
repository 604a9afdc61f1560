package words

import (
	"strings"
	"testing"
)

func TestOf(t *testing.T) {
	for name, want := range map[string]string{
		"Test":                          "test error",
		"Problem.Observed":              "observed entries",
		"Solver.Depth":                  "depth",
		"Solver.Optimizer.LearningRate": "learning rate",
		"Solver.Init.Scale":             "scale of the initialisation",
		"Solver.Lambda":                 "λ",
		"RelativeError":                 "relative error",
		"RMSE":                          "RMSE",
		"HTTPServer":                    "HTTP server",
		"TestRMSE":                      "test RMSE",
		"Scale":                         "scale",
		"Steps to half":                 "Steps to half",
		"method":                        "method",
		"Solver.Optimizer.Beta1":        "beta1",
		"":                              "",
		"λ":                             "λ",
	} {
		if got := Of(name); got != want {
			t.Errorf("Of(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestAll(t *testing.T) {
	for want, names := range map[string][]string{
		"rank of the problem, rank of the solver": {"Problem.Rank", "Solver.Rank"},
		"rank, depth":    {"Problem.Rank", "Solver.Depth"},
		"method, method": {"method", "method"},
	} {
		if got := strings.Join(All(names...), ", "); got != want {
			t.Errorf("All(%q) = %q, want %q", names, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	for text, want := range map[string]string{"test error": "Test error", "λ": "λ",
		"σ₁ over time": "σ₁ over time", "": ""} {
		if got := Title(text); got != want {
			t.Errorf("Title(%q) = %q, want %q", text, got, want)
		}
	}
}
