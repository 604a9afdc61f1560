package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var semantic = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?$`)

// check says what stands in the way of a release of a checkout: it must be that of the tag,
// unchanged, and all that names a version must name this one.
func check(folder, version string) error {
	if !semantic.MatchString(version) {
		return fmt.Errorf("VERSION is %q; it must be like 0.1.0", version)
	}
	changes, err := git(folder, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changes != "" {
		return fmt.Errorf("the checkout differs from its commit; commit or remove:\n%s", changes)
	}
	tagged, err := git(folder, "rev-parse", "--verify", "--quiet", "v"+version+"^{commit}")
	if err != nil {
		return fmt.Errorf("there is no tag v%s; when all tests pass: git tag --annotate v%[1]s", version)
	}
	head, err := git(folder, "rev-parse", "HEAD")
	if err != nil {
		return err
	}
	if head != tagged {
		return fmt.Errorf("the tag v%s is on another commit, %.12s; check it out", version, tagged)
	}
	quoted := regexp.QuoteMeta(version)
	for _, where := range []struct{ file, pattern, what string }{
		{"mc/sources.go", `(?m)^const Version = "` + quoted + `"$`, "const Version"},
		{"CITATION.cff", `(?m)^version: "?` + quoted + `"?$`, "version:"},
		{"CHANGELOG.md", `(?m)^## ` + quoted + `( |$)`, "a section ## " + version},
	} {
		text, err := os.ReadFile(filepath.Join(folder, where.file))
		if err != nil {
			return err
		}
		if !regexp.MustCompile(where.pattern).Match(text) {
			return fmt.Errorf("%s does not name %s; its %s must", where.file, version, where.what)
		}
	}
	return nil
}

// git returns what a git command prints, without the last end of line unless that is an archive's.
func git(folder string, arguments ...string) (string, error) {
	cmd := exec.Command("git", arguments...)
	cmd.Dir = folder
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(arguments, " "), err, complaint.String())
	}
	if arguments[0] == "archive" {
		return out.String(), nil
	}
	return strings.TrimRight(out.String(), "\n"), nil
}
