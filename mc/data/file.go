package data

import (
	"archive/zip"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"projectpenalty/mc"
	"projectpenalty/mc/data/internal/disk"
)

// Load reads the known entries of a matrix from a file, whose form it recognises by the content:
//
//   - delimited text, dense or triples, as [Table] finds it: commas, semicolons, tabs, blanks
//     or ::, decimal commas, a header, names of rows and columns, ratings by user and item, the
//     forms of Netflix and Jester; see [Table] where a choice is needed;
//   - .npy, .npz of one array or of scipy.sparse.save_npz ([LoadArray] chooses one of several); NaN is unknown;
//   - Matrix Market ([ReadMatrixMarket]);
//   - PNG and JPEG, as grey values from 0 to 255 ([ReadImage]);
//   - a folder or zip of MovieLens ([OpenMovieLens]).
//
// Text and Matrix Market may be compressed by gzip, and text may be the only file of a zip. Names
// of rows and columns are in [mc.Observations.RowIndex] and [mc.Observations.ColIndex].
func Load(path string) (*mc.Observations, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, absent(path, err)
	}
	if info.IsDir() {
		m, err := OpenMovieLens(path)
		if err != nil {
			return nil, err
		}
		return m.Ratings, nil
	}
	if magic, err := beginning(path); err != nil {
		return nil, err
	} else if magic == zipMagic {
		return loadZip(path)
	}
	in, err := openText(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	buffered := bufio.NewReader(in)
	head, err := buffered.Peek(16)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case has(npyMagic):
		a, err := ReadNPY(path, buffered)
		if err != nil {
			return nil, err
		}
		return observed(path, a)
	case has(pngMagic), has(jpegMagic):
		return ReadImage(path, io.LimitReader(buffered, maxImage+1))
	case has(marketMagic), strings.EqualFold(string(head[:min(len(head), len(marketMagic))]), marketMagic):
		return ReadMatrixMarket(path, buffered)
	}
	end := strings.ToLower(filepath.Ext(path))
	if how, ok := conversions[end]; ok {
		return nil, fmt.Errorf("data: %s: %s is not read; in Python, %s converts it", path, end, how)
	}
	switch end {
	case ".npy", ".npz", ".png", ".jpg", ".jpeg", ".zip", ".mtx":
		if len(head) > 0 || end != ".mtx" {
			return nil, fmt.Errorf("data: %s: the name ends with %q, but what is in the file is not of that form",
				path, end)
		}
	}
	for magic, how := range unread {
		if has(magic) {
			return nil, fmt.Errorf("data: %s: %s", path, how)
		}
	}
	if bytes.IndexByte(head, 0) >= 0 && !has("\xff\xfe") && !has("\xfe\xff") &&
		unmarkedUTF16(head[:min(len(head), 8)]) == nil {
		return nil, fmt.Errorf("data: %s: the file is neither text nor one of .npy, .npz, .mtx, .png, .jpg "+
			"and .zip", path)
	}
	return Table{}.Load(path)
}

const zipMagic = "PK\x03\x04"

// conversions are for what Load does not read.
var conversions = map[string]string{
	".mat":     `numpy.save("a.npy", scipy.io.loadmat("a.mat")["name"])`, // from version 7.3 on, as .h5
	".parquet": `pandas.read_parquet("a.parquet").to_csv("a.csv", index=False)`,
	".feather": `pandas.read_feather("a.feather").to_csv("a.csv", index=False)`,
	".xlsx":    `pandas.read_excel("a.xlsx").to_csv("a.csv", index=False)`,
	".xls":     `pandas.read_excel("a.xls", header=None).to_csv("a.csv", index=False, header=False)`,
	".ods":     `pandas.read_excel("a.ods").to_csv("a.csv", index=False)`,
	".h5":      `numpy.save("a.npy", h5py.File("a.h5")["name"][()])`,
	".hdf5":    `numpy.save("a.npy", h5py.File("a.hdf5")["name"][()])`,
	".pkl":     `pandas.read_pickle("a.pkl").to_csv("a.csv", index=False)`,
	".json":    `pandas.read_json("a.json").to_csv("a.csv", index=False)`,
	".jsonl":   `pandas.read_json("a.jsonl", lines=True).to_csv("a.csv", index=False)`,
	".pt":      `numpy.save("a.npy", torch.load("a.pt").numpy())`,
	".tif":     `PIL.Image.open("a.tif").save("a.png")`,
	".tiff":    `PIL.Image.open("a.tiff").save("a.png")`,
	".gif":     `PIL.Image.open("a.gif").convert("L").save("a.png")`,
	".bmp":     `PIL.Image.open("a.bmp").save("a.png")`,
	".webp":    `PIL.Image.open("a.webp").save("a.png")`,
}

// unread are the beginnings of files of other forms, whatever their names.
var unread = map[string]string{
	"MATLAB 5.0 MAT-f":    "a .mat file is not read; in Python, " + conversions[".mat"] + " converts it",
	"PAR1\x15":            "a .parquet file is not read; in Python, " + conversions[".parquet"] + " converts it",
	"\x89HDF\r\n\x1a\n":   "an .h5 file is not read; in Python, " + conversions[".h5"] + " converts it",
	"BZh91AY&SY":          "the file is compressed by bzip2; bunzip2 unpacks it, and gzip is read",
	"\xfd7zXZ\x00":        "the file is compressed by xz; unxz unpacks it, and gzip is read",
	"(\xb5/\xfd":          "the file is compressed by zstd; unzstd unpacks it, and gzip is read",
	"7z\xbc\xaf\x27\x1c":  "the file is an archive of 7-Zip; unpack it, or make it a zip",
	"Rar!\x1a\x07":        "the file is an archive of RAR; unpack it, or make it a zip",
	"SQLite format 3\x00": "a database is not read; export the table as CSV",
	"\xff\xfe\x00\x00":    "the text is in UTF-32; save it in UTF-8",
	"\x00\x00\xfe\xff":    "the text is in UTF-32; save it in UTF-8",
}

// loadZip reads a zip: arrays of NumPy or SciPy, MovieLens, or one table.
func loadZip(path string) (*mc.Observations, error) {
	if how, ok := conversions[strings.ToLower(filepath.Ext(path))]; ok {
		return nil, fmt.Errorf("data: %s: %s is not read; in Python, %s converts it", path, filepath.Ext(path), how)
	}
	archive, err := zip.OpenReader(path)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	defer archive.Close()
	arrays := len(archive.File) > 0
	for _, f := range archive.File {
		arrays = arrays && strings.HasSuffix(f.Name, ".npy")
	}
	if arrays {
		return loadNPZ(path, &archive.Reader, "")
	}
	alone := len(tablesIn(&archive.Reader)) == 1 // and so may be a table of any kind, whatever its name
	for _, f := range archive.File {
		for _, form := range ratingForms {
			if filepath.Base(f.Name) != form.file || alone && !form.begins(f) {
				continue
			}
			m, err := OpenMovieLens(path)
			if err != nil {
				return nil, err
			}
			return m.Ratings, nil
		}
	}
	return Table{}.Load(path)
}

// beginning returns the first four bytes of a file.
func beginning(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	magic := make([]byte, 4)
	n, err := io.ReadFull(f, magic)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("data: %w", err)
	}
	return string(magic[:n]), nil
}

// observed makes the observations of an array, whose data they take over: a sorted copy of the
// entries would be several times as large as a file of bytes.
func observed(path string, a Array) (*mc.Observations, error) {
	w, err := a.Matrix()
	if err != nil {
		return nil, fmt.Errorf("data: %s: the array is of shape %v; it must be a matrix", path, a.Shape)
	}
	rows, cols := w.Dims()
	known := 0
	for _, x := range a.Data {
		if !math.IsNaN(x) {
			known++
		}
	}
	start, col, value := make([]int, 1, rows+1), make([]int32, 0, known), a.Data[:0]
	for i := range rows {
		for j := range cols {
			if x := a.Data[i*cols+j]; !math.IsNaN(x) {
				col, value = append(col, int32(j)), append(value, x)
			}
		}
		start = append(start, len(value))
	}
	o, err := mc.ObserveRows(rows, cols, start, col, value)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", path, err)
	}
	return o, nil
}

// Save makes a file with the output of write, whole or not at all: it appears under its name, in
// place of an older one, once everything is on the disk. Who may read and write it is as it was of
// the older one, or else as of any new file.
//
//	err := data.Save("run.npz", func(w io.Writer) error { return data.WriteTrace(w, trace) })
func Save(path string, write func(io.Writer) error) error {
	// Not by os.CreateTemp, whose files are their owner's alone: the system knows the umask.
	beside := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s-%x", filepath.Base(path), rand.Uint64()))
	f, err := os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer os.Remove(beside) // fails where it was renamed
	defer f.Close()
	if old, err := os.Stat(path); err == nil {
		if err := f.Chmod(old.Mode().Perm()); err != nil {
			return fmt.Errorf("data: %w", err)
		}
	}
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := f.Close(); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	if err := os.Rename(beside, path); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	return disk.Sync(filepath.Dir(path))
}

// absent is the error of a file that cannot be opened. Where there is none of the name, it says
// where that was looked for, and which name there is nearest.
func absent(path string, err error) error {
	folder, name := filepath.Split(path)
	where, failed := filepath.Abs(folder)
	if !errors.Is(err, fs.ErrNotExist) || failed != nil {
		return fmt.Errorf("data: %w", err)
	}
	entries, _ := os.ReadDir(where) // none if the folder is missing, too
	nearest, least := "", len(name)/3+1
	for _, e := range entries {
		if d := distance(strings.ToLower(name), strings.ToLower(e.Name())); d < least {
			nearest, least = e.Name(), d
		}
	}
	hint := ""
	if nearest != "" {
		hint = fmt.Sprintf("; there is %s", nearest)
	}
	return fmt.Errorf("data: %w; looked in %s%s", err, where, hint)
}

// distance is that of Levenshtein (1966): how many letters must be changed, added or left out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
