package main

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"projectpenalty/viz/draw"
	"projectpenalty/viz/internal/echarts"
)

const option = `{"animation":false,"xAxis":{"type":"value"},"yAxis":{"type":"log"},
	"series":[{"type":"line","data":[[1,10],[2,1000]]}]}`

// asks is set where the test program is the one that asks for a picture: it does not draw itself.
const asks = "PENALTY_TEST_ASKS"

func TestMain(m *testing.M) {
	if os.Getenv(asks) == "" {
		os.Exit(m.Run())
	}
	echarts.Use(nil) // as a program that does not link viz/draw
	for range 2 {
		svg, err := echarts.SVG([]byte(option), 400, 300)
		if err != nil {
			os.Stdout.WriteString(err.Error())
			os.Exit(0)
		}
		os.Stdout.WriteString(svg)
	}
}

// build installs the program into a folder of its own and returns the folder.
func build(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	out, err := exec.Command("go", "build", "-o", filepath.Join(folder, echarts.Program), ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return folder
}

// ask runs a program that asks for the picture twice, and returns what it got.
func ask(t *testing.T, path, kernel string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command(self)
	command.Env = append(os.Environ(), asks+"=1", "PATH="+path, "GONB_TMP_DIR="+kernel)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// A program without a drawer gets the same picture as one that has it: of a child of its own, and,
// in a notebook, of one helper for all cells.
func TestPictures(t *testing.T) {
	svg, err := draw.SVG([]byte(option), 400, 300)
	if err != nil {
		t.Fatal(err)
	}
	path := build(t)
	if got := ask(t, path, ""); got != svg+svg {
		t.Errorf("of a child: %.300s", got)
	}
	kernel := t.TempDir()
	socket := filepath.Join(kernel, echarts.Program+".sock")
	if got := ask(t, path, kernel); got != svg+svg {
		t.Fatalf("of the helper: %.300s", got)
	}
	first, err := os.Stat(socket)
	if err != nil || first.Mode().Perm() != 0o600 {
		t.Fatalf("the socket: %v, %v", first, err)
	}
	if got := ask(t, path, kernel); got != svg+svg {
		t.Errorf("in the next cell: %.300s", got)
	}
	if second, err := os.Stat(socket); err != nil || !os.SameFile(first, second) {
		t.Errorf("the next cell has a helper of its own: %v", err)
	}
	// One that was killed leaves its socket; the next cell starts another.
	os.Remove(socket)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	dead.Close()
	if got := ask(t, path, kernel); got != svg+svg {
		t.Errorf("after the helper was killed: %.300s", got)
	}
}

// The helper ends with the kernel, however that ends, and leaves no file.
func TestHelperEndsWithTheKernel(t *testing.T) {
	program := filepath.Join(build(t), echarts.Program)
	for name, end := range map[string]func(kernel *os.Process, folder string) error{
		"killed":             func(kernel *os.Process, _ string) error { return kernel.Kill() },
		"its folder removed": func(_ *os.Process, folder string) error { return os.RemoveAll(folder) },
	} {
		kernel := exec.Command("sleep", "600")
		if err := kernel.Start(); err != nil {
			t.Fatal(err)
		}
		folder, err := os.MkdirTemp("", "penalty-test-")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(folder)
		socket := filepath.Join(folder, "s")
		started, ready, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		helper := exec.Command(program, "-socket", socket, "-while", strconv.Itoa(kernel.Process.Pid))
		helper.ExtraFiles = []*os.File{ready}
		if err := helper.Start(); err != nil {
			t.Fatal(err)
		}
		ready.Close()
		text := make([]byte, 100)
		if n, err := started.Read(text); err != nil || string(text[:n]) != "serving\n" {
			t.Fatalf("%s: it says %q, %v", name, text[:n], err)
		}
		if err := end(kernel.Process, folder); err != nil {
			t.Fatal(err)
		}
		if name == "killed" {
			_ = kernel.Wait()
		}
		ended := make(chan error, 1)
		go func() { ended <- helper.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("%s: the helper ended with %v", name, err)
			}
		case <-time.After(15 * time.Minute):
			t.Errorf("%s: the helper still runs", name)
			_ = helper.Process.Kill()
		}
		if left, err := os.ReadDir(folder); err == nil && len(left) > 0 {
			t.Errorf("%s: it leaves %v", name, left)
		}
		_ = kernel.Process.Kill()
		_ = kernel.Wait()
	}
}

// Where the program is missing or cannot serve, the error says so and what to do.
func TestMissing(t *testing.T) {
	if got := ask(t, t.TempDir(), ""); !strings.Contains(got, "not on the PATH") ||
		!strings.Contains(got, "make kernel") {
		t.Errorf("missing: %q", got)
	}
	const want = "viz: pictures cannot be drawn: penalty-draw: "
	if got := ask(t, build(t), filepath.Join(t.TempDir(), "gone")); !strings.HasPrefix(got, want) {
		t.Errorf("a kernel's folder that is not there: %q", got)
	}
}

// The path of a socket has at most 107 bytes. In a folder of a longer one, as below a long TMPDIR,
// each cell has a helper of its own.
func TestLongFolder(t *testing.T) {
	svg, err := draw.SVG([]byte(option), 400, 300)
	if err != nil {
		t.Fatal(err)
	}
	path, folder := build(t), t.TempDir()
	for _, length := range []int{70, 74, 78, 82, 86, 90, 94, 200} {
		long := filepath.Join(folder, strings.Repeat("a", max(1, length-len(folder)-1)))
		if err := os.Mkdir(long, 0o755); err != nil {
			t.Fatal(err)
		}
		if got := ask(t, path, long); got != svg+svg {
			t.Errorf("%d bytes: %.300s", len(long), got)
		}
	}
}
