// Release makes the files of a release from its tag: static mcsweep programs, the source, a list of
// what is in them and checksums.
//
//	make release VERSION=0.1.0
//
// Everything is built twice, in other folders and from nothing, and must come out equal byte for
// byte.
package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A platform is what a program is built for.
type platform struct{ os, arch string }

var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}}

func main() {
	log.SetFlags(0)
	log.SetPrefix("release: ")
	version := flag.String("version", "", "what is released, such as 0.1.0; its tag v0.1.0 must be checked out")
	out := flag.String("o", "dist", "the folder of the files; it must not exist")
	flag.Parse()
	if err := release(*version, *out); err != nil {
		log.Fatal(err)
	}
}

func release(version, out string) error {
	if err := check(".", version); err != nil {
		return err
	}
	if _, err := os.Stat(out); err == nil {
		return fmt.Errorf("%s exists; remove it, or name another folder", out)
	}
	work, err := os.MkdirTemp("", "release-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	source, err := git(".", "archive", "--format=tar", "--prefix="+name(version)+"/", "v"+version)
	if err != nil {
		return err
	}
	date, err := git(".", "log", "-1", "--format=%cI", "v"+version)
	if err != nil {
		return err
	}
	first, second := filepath.Join(work, "first"), filepath.Join(work, "second", "elsewhere")
	for _, folder := range []string{first, second} {
		log.Printf("building in %s", folder)
		if err := build(folder, []byte(source), version, strings.TrimSpace(date),
			filepath.Join(work, "cache-"+filepath.Base(folder))); err != nil {
			return err
		}
	}
	if err := equal(filepath.Join(first, "files"), filepath.Join(second, "files")); err != nil {
		return err
	}
	return os.CopyFS(out, os.DirFS(filepath.Join(first, "files")))
}

func name(version string) string { return "project-penalty-" + version }

// build makes all files of a release in folder/files, from the source as a tar archive, with a
// build cache of its own.
func build(folder string, source []byte, version, date, cache string) error {
	files := filepath.Join(folder, "files")
	if err := errors.Join(os.MkdirAll(files, 0o755), unpack(source, folder)); err != nil {
		return err
	}
	packed, err := os.Create(filepath.Join(files, name(version)+".tar.gz"))
	if err != nil {
		return err
	}
	z, _ := gzip.NewWriterLevel(packed, gzip.BestCompression)
	_, err = z.Write(source)
	if err := errors.Join(err, z.Close(), packed.Close()); err != nil {
		return err
	}
	var programs []string
	for _, p := range platforms {
		program := filepath.Join(files, fmt.Sprintf("mcsweep-%s-%s-%s", version, p.os, p.arch))
		if err := compile(filepath.Join(folder, name(version)), program, p, cache); err != nil {
			return err
		}
		programs = append(programs, program)
	}
	bom, err := billOfMaterials(programs, version, date)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(files, "mcsweep-"+version+".cdx.json"), bom, 0o644); err != nil {
		return err
	}
	return checksums(files)
}

// compile makes a program of which neither the folder nor the machine leaves a trace.
func compile(source, program string, p platform, cache string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -buildid=", "-o", program,
		"./mc/cmd/mcsweep")
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+p.os, "GOARCH="+p.arch, "GOAMD64=v1", "GOARM64=v8.0",
		"GOFLAGS=", "GOEXPERIMENT=", "GOWORK=off")
	if cache != "" {
		cmd.Env = append(cmd.Env, "GOCACHE="+cache)
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build for %s/%s: %w\n%s", p.os, p.arch, err, text)
	}
	return nil
}

// unpack writes a tar archive of this project into a folder, and nothing beside it.
func unpack(archive []byte, folder string) error {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return err
	}
	defer root.Close()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		switch h.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(h.Name, 0o755)
		case tar.TypeReg:
			var text []byte
			if text, err = io.ReadAll(r); err == nil {
				err = root.WriteFile(h.Name, text, h.FileInfo().Mode().Perm())
			}
		}
		if err != nil {
			return err
		}
	}
}

// checksums writes SHA256SUMS, as sha256sum --check reads it.
func checksums(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var lines bytes.Buffer
	for _, e := range entries {
		sum, err := digest(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, e.Name())
	}
	return os.WriteFile(filepath.Join(folder, "SHA256SUMS"), lines.Bytes(), 0o644)
}

func digest(file string) (string, error) {
	text, err := os.ReadFile(file)
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}

// equal says in which file two builds differ.
func equal(a, b string) error {
	var names [2][]string
	for i, folder := range []string{a, b} {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return err
		}
		for _, e := range entries {
			names[i] = append(names[i], e.Name())
		}
	}
	if !slices.Equal(names[0], names[1]) {
		return fmt.Errorf("two builds made other files: %q and %q", names[0], names[1])
	}
	for _, n := range names[0] {
		x, errX := os.ReadFile(filepath.Join(a, n))
		y, errY := os.ReadFile(filepath.Join(b, n))
		if err := errors.Join(errX, errY); err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			return fmt.Errorf("two builds of %s differ; nothing is released", n)
		}
	}
	return nil
}
