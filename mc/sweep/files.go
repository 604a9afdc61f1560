package sweep

import (
	"crypto/rand"
	"io"
	"os"
	"strings"
)

// files are the operations that change a file system. The tests of the store make each of them
// fail.
type files interface {
	mkdir(name string) error
	// create makes a file that must not exist.
	create(name string) (file, error)
	rename(from, to string) error
	remove(name string) error
	// syncDir makes creations, renames and removals in a folder durable.
	syncDir(name string) error
}

type file interface {
	io.WriteCloser
	Sync() error
	Stat() (os.FileInfo, error)
	Fd() uintptr
}

type disk struct{}

func (disk) mkdir(name string) error      { return os.MkdirAll(name, 0o777) }
func (disk) rename(from, to string) error { return os.Rename(from, to) }
func (disk) remove(name string) error     { return os.Remove(name) }

func (disk) create(name string) (file, error) {
	return os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
}

func (disk) syncDir(name string) error {
	d, err := os.Open(name)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// tmpSuffix ends the names of files that are not whole yet.
const tmpSuffix = ".tmp"

// replace writes a whole file. After a crash at any moment, the file is the old one or the new one.
func replace(fs files, name string, write func(io.Writer) error) error {
	tmp := name + "." + unique() + tmpSuffix
	f, err := fs.create(tmp)
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = fs.rename(tmp, name)
	}
	if err != nil {
		fs.remove(tmp) // what is left of it does no harm
	}
	return err
}

// unique returns a name that no other process uses.
func unique() string { return strings.ToLower(rand.Text()[:13]) }
