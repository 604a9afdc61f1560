package echarts

import (
	"bufio"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Program is the name of the program that draws pictures for programs that do not link viz/draw.
const Program = "penalty-draw"

// ErrNoDrawer says that nothing can draw pictures; live charts do without.
var ErrNoDrawer = errors.New("viz: pictures cannot be drawn")

// errMissing is the usual reason.
var errMissing = fmt.Errorf("%w: the program %s is not on the PATH. For notebooks, make lab or make kernel "+
	"installs it; "+
	"a program of your own imports _ \"projectpenalty/viz/draw\" instead", ErrNoDrawer, Program)

// A request asks for a picture.
type request struct {
	Dress         string // of the program that asks
	Option        []byte
	Width, Height int
}

// A reply is a picture, or says why there is none.
type reply struct {
	SVG, Error string
	Stale      bool // the program has another Dress
}

// helper is the connection to the program. It lasts as long as this process.
var helper struct {
	sync.Mutex
	encode *gob.Encoder
	decode *gob.Decoder
	failed error // it could not be started
}

// ask sends a request to the program, which is started if need be.
func ask(r request) (string, error) {
	helper.Lock()
	defer helper.Unlock()
	if err := connect(); err != nil {
		return "", err
	}
	r.Dress = Dress
	var answer reply
	err := helper.encode.Encode(r)
	if err == nil {
		err = helper.decode.Decode(&answer)
	}
	switch {
	case err != nil:
		helper.encode = nil // the next picture starts it again
		return "", fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	case answer.Stale:
		helper.failed = fmt.Errorf("%w: %s was built from other sources than this program; "+
			"make lab or make kernel builds it anew, and the kernel must be restarted", ErrNoDrawer, Program)
		return "", helper.failed
	case answer.Error != "":
		return "", errors.New(answer.Error)
	}
	return answer.SVG, nil
}

// Warm starts the program, so that it is ready when the first picture is asked for, and returns at
// once.
func Warm() {
	if d := inProcess.Load(); d != nil && *d != nil {
		return
	}
	go func() {
		helper.Lock()
		defer helper.Unlock()
		_ = connect() // whoever asks for a picture is told
	}()
}

// Missing returns why pictures cannot be drawn, nil if they can or if none was asked for.
func Missing() error {
	helper.Lock()
	defer helper.Unlock()
	return helper.failed
}

// connect makes the connection. In a notebook the program serves all cells of the kernel by a
// socket in the kernel's own folder. Elsewhere it is a child of this process, and so it is where
// the path is too long for a socket. The caller holds the lock.
func connect() error {
	if helper.encode != nil || helper.failed != nil {
		return helper.failed
	}
	var conn io.ReadWriter
	folder := os.Getenv("GONB_TMP_DIR")
	socket := filepath.Join(folder, Program+".sock")
	if folder != "" && len(socket) <= longestSocket {
		conn, helper.failed = dial(socket, os.Getppid())
	} else {
		conn, helper.failed = child()
	}
	if helper.failed == nil {
		helper.encode, helper.decode = gob.NewEncoder(conn), gob.NewDecoder(bufio.NewReader(conn))
	}
	return helper.failed
}

// longestSocket is 103 bytes, what a path may have on macOS (on Linux 107), without the number of a
// process, which ServeSocket appends at first.
const longestSocket = 103 - len("-4194304")

// dial connects to the socket, behind which the program is started if nobody answers. It ends with
// the process of the given number.
func dial(socket string, kernel int) (io.ReadWriter, error) {
	address := &net.UnixAddr{Name: socket, Net: "unix"}
	conn, err := net.DialUnix("unix", nil, address)
	if err == nil {
		return conn, nil
	}
	path, err := exec.LookPath(Program)
	if err != nil {
		return nil, errMissing
	}
	started, ready, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	defer started.Close()
	// The cell's output must not stay open, and an interrupt of the cell is not meant for the
	// program.
	command := exec.Command(path, "-socket", socket, "-while", strconv.Itoa(kernel))
	command.ExtraFiles = []*os.File{ready}
	command.Dir = filepath.Dir(socket)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = command.Start()
	ready.Close()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	text, err := io.ReadAll(io.LimitReader(started, 1000))
	if err == nil && string(text) == serving {
		conn, err = net.DialUnix("unix", nil, address)
	} else if err == nil {
		err = fmt.Errorf("it ended: %s", strings.TrimSpace(string(text)))
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	return conn, command.Process.Release()
}

// serving is what the program writes to its file 3 when the socket is there.
const serving = "serving\n"

// child starts the program for this process alone: it ends when its input does.
func child() (io.ReadWriter, error) {
	path, err := exec.LookPath(Program)
	if err != nil {
		return nil, errMissing
	}
	command := exec.Command(path)
	command.Stderr = os.Stderr
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in a terminal is not meant for it
	in, err := command.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrNoDrawer, Program, err)
	}
	return struct {
		io.Reader
		io.Writer
	}{out, in}, nil
}

// Serve answers requests until there are no more.
func Serve(conn io.ReadWriter, draw Drawer) error {
	encode, decode := gob.NewEncoder(conn), gob.NewDecoder(bufio.NewReader(conn))
	for {
		var r request
		if err := decode.Decode(&r); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%s: %w", Program, err)
		}
		var answer reply
		if r.Dress != Dress {
			answer.Stale = true
		} else if svg, err := draw(r.Option, r.Width, r.Height); err != nil {
			answer.Error = err.Error()
		} else {
			answer.SVG = svg
		}
		if err := encode.Encode(answer); err != nil {
			return fmt.Errorf("%s: %w", Program, err)
		}
	}
}

// ServeSocket answers requests at a socket as long as the process of the given number lives and the
// socket is there. It writes to ready once the socket is, or why it cannot be.
func ServeSocket(socket string, while int, ready io.WriteCloser, draw Drawer) (err error) {
	defer func() {
		if err != nil {
			fmt.Fprintln(ready, err)
		}
	}()
	// A socket under its name answers: it is made beside and renamed, in place of one that a killed
	// program left.
	beside := socket + "-" + strconv.Itoa(os.Getpid())
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: beside, Net: "unix"})
	if err != nil {
		return fmt.Errorf("%s: %w", Program, err)
	}
	listener.SetUnlinkOnClose(false)
	defer listener.Close()
	defer os.Remove(beside)
	if err := os.Chmod(beside, 0o600); err != nil {
		return fmt.Errorf("%s: %w", Program, err)
	}
	own, err := os.Stat(beside)
	if err != nil {
		return fmt.Errorf("%s: %w", Program, err)
	}
	if err := os.Rename(beside, socket); err != nil {
		return fmt.Errorf("%s: %w", Program, err)
	}
	there := func() bool {
		is, err := os.Stat(socket)
		return err == nil && os.SameFile(own, is)
	}
	defer func() {
		if there() {
			os.Remove(socket)
		}
	}()
	_, _ = io.WriteString(ready, serving) // whoever started it may be gone
	ready.Close()
	var served sync.WaitGroup
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // it was closed
			}
			served.Go(func() {
				defer conn.Close()
				_ = Serve(conn, draw) // a cell that was killed leaves half a request
			})
		}
	}()
	for alive(while) && there() {
		time.Sleep(watch)
	}
	if alive(while) { // another one has taken the socket: this one serves those that it has
		listener.Close()
		served.Wait()
	}
	return nil
}

// watch is the time between two looks at whether the kernel lives.
const watch = 500 * time.Millisecond

// alive tells whether a process is there, of whatever user.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}
