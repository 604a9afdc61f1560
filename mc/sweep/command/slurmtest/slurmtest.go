// Package slurmtest starts a Slurm of one node for tests.
package slurmtest

import (
	"bufio"
	_ "embed"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

//go:embed slurm.sh
var script []byte

// Start runs a Slurm of one node with four processors while the test lasts, and sets the
// environment such that sbatch and the others find it. It skips the test where Slurm is not
// installed.
func Start(t *testing.T) {
	t.Helper()
	t.Setenv("PATH", os.Getenv("PATH")+":/usr/sbin")
	for _, name := range []string{"munged", "slurmctld", "slurmd", "sbatch"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("left out: there is no %s on this machine (Debian: apt install slurm-wlm munge)", name)
		}
	}
	folder, err := os.MkdirTemp("", "slurm") // the path of a socket must be short
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "slurm.sh")
	if err := os.WriteFile(file, script, 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", file, folder, port(t), port(t))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var problem strings.Builder
	cmd.Stderr = &problem
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
		os.RemoveAll(folder)
	})
	line, _ := bufio.NewReader(out).ReadString('\n')
	config, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ok {
		in.Close()
		cmd.Wait()
		t.Fatalf("no Slurm: %s%s", line, problem.String())
	}
	t.Setenv("SLURM_CONF", config)
}

// port returns one that is free.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return fmt.Sprint(l.Addr().(*net.TCPAddr).Port)
}
