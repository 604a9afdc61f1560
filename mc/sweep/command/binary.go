package command

import (
	"context"
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// install puts the program of the jobs into the folder as bin/mcsweep-DIGEST, and returns that
// name. It takes this program if it is static and for the cluster's processors, and otherwise
// builds one from the same package. A running job keeps its program.
func install(ctx context.Context, o *options) (string, error) {
	program := o.binary
	switch {
	case program != "":
		if err := static(program); err != nil {
			return "", fmt.Errorf("mcsweep: --binary: %w", err)
		}
	default:
		exe, err := os.Executable()
		if err != nil {
			return "", fmt.Errorf("mcsweep: %w", err)
		}
		program = exe
		if o.arch != runtime.GOARCH || static(exe) != nil {
			if program, err = o.build(ctx); err != nil {
				return "", err
			}
			defer os.Remove(program)
		}
	}
	in, err := os.ReadFile(program)
	if err != nil {
		return "", fmt.Errorf("mcsweep: %w", err)
	}
	sum := sha256.Sum256(in)
	name := filepath.Join("bin", "mcsweep-"+hex.EncodeToString(sum[:6]))
	path := filepath.Join(o.folder, name)
	if info, err := os.Stat(path); err == nil {
		if info.Mode()&0o111 == 0 { // a crash came between its name and its mode
			err = os.Chmod(path, 0o755)
		}
		if err != nil {
			err = fmt.Errorf("mcsweep: %w", err)
		}
		return name, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return "", fmt.Errorf("mcsweep: %w", err)
	}
	return name, saveProgram(path, func(w io.Writer) error { _, err := w.Write(in); return err })
}

// static returns why a program is not a static linux program; nil if it is.
func static(program string) error {
	f, err := elf.Open(program)
	if err != nil {
		return fmt.Errorf("%s is not a program for linux: %w", program, err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%s needs libraries that a node may lack; build it with CGO_ENABLED=0", program)
		}
	}
	return nil
}

// build compiles this program for the cluster, and returns a temporary file.
func (o *options) build(ctx context.Context) (string, error) {
	out, err := os.CreateTemp("", "mcsweep-*")
	if err != nil {
		return "", fmt.Errorf("mcsweep: %w", err)
	}
	out.Close()
	compile := buildThis
	if o.job != nil && o.job.Build != nil {
		compile = o.job.Build
	}
	if err = compile(ctx, o.arch, out.Name()); err == nil {
		err = static(out.Name())
	}
	if err != nil {
		os.Remove(out.Name())
		return "", err
	}
	return out.Name(), nil
}

// buildThis compiles the package of this program.
func buildThis(ctx context.Context, arch, file string) error {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Path == "" || info.Path == "command-line-arguments" {
		return fmt.Errorf("mcsweep: a static program is needed: build one with CGO_ENABLED=0 GOOS=linux "+
			"GOARCH=%s go build -o mcsweep, and name it by --binary",
			arch)
	}
	return Build(ctx, "", info.Path, arch, file)
}

// Build compiles a package, named as in the folder, to a static linux program.
func Build(ctx context.Context, folder, pkg, arch, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-s -w", "-o", file, pkg)
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mcsweep: building a static program: %w\n%s\n"+
			"Build it with CGO_ENABLED=0 GOOS=linux GOARCH=%s go build, and name it by --binary",
			err, strings.TrimSpace(string(text)), arch)
	}
	return nil
}

// shardArguments returns the arguments of the mcsweep process that runs a shard in a folder.
func (o *options) shardArguments(folder string, shards int) []string {
	args := []string{
		"run", o.spec.Name, "--folder", folder,
		"--shards", fmt.Sprint(shards), "--workers", fmt.Sprint(max(1, o.local.Workers)),
	}
	if o.local.TimeLimit > 0 {
		args = append(args, "--time-limit", o.local.TimeLimit.String())
	}
	if o.local.MemoryLimit > 0 {
		args = append(args, "--memory-limit", fmt.Sprint(o.local.MemoryLimit))
	}
	if c := o.local.Checkpoint; c != 0 && c != 30*time.Second {
		args = append(args, "--checkpoint", c.String())
	}
	if o.local.Retry {
		args = append(args, "--retry")
	}
	return args
}
