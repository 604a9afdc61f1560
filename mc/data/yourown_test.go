package data

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"projectpenalty/mc"
)

// The recipe for one's own file, on three forms: ratings by name, a table with decimal commas and
// blanks, an image.
func TestYourOwnMatrix(t *testing.T) {
	folder := t.TempDir()
	var ratings, table strings.Builder
	ratings.WriteString("userId,movieId,rating,timestamp\n")
	table.WriteString("Hour;CO;NOx;T\n")
	picture := image.NewGray(image.Rect(0, 0, 20, 16))
	for i := range 30 {
		for j := range 25 {
			if (i*7+j*3)%5 < 2 {
				fmt.Fprintf(&ratings, "%d,%d,%d.5,%d\n", 100+3*i, 900+j, (i%2+j%2)*2, 1e9+i)
			}
		}
		cells := []string{fmt.Sprintf("h%d", i)}
		for j := range 3 {
			cell := fmt.Sprintf("%d,%d", (j+1)*(i%12), i%10)
			if (i+j)%7 == 3 {
				cell = ""
			}
			cells = append(cells, cell)
		}
		table.WriteString(strings.Join(cells, ";") + "\n")
	}
	for x := range 20 {
		for y := range 16 {
			picture.Set(x, y, color.Gray{Y: uint8(5 * (x + y))})
		}
	}
	for name, text := range map[string]string{"ratings.csv": ratings.String(), "air.csv": table.String()} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Create(filepath.Join(folder, "picture.png"))
	if err != nil {
		t.Fatal(err)
	}
	if err := png.Encode(f, picture); err != nil {
		t.Fatal(err)
	}
	f.Close()
	for name, first := range map[string]string{"ratings.csv": "100", "air.csv": "h0", "picture.png": "0"} {
		o, err := Load(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		c, err := mc.Compare{Time: time.Hour, Splits: 1}.Run(context.Background(), o, nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if best, mean := c.Standings[0], c.Standing("mean"); !(best.RMSE < 0.8*mean.RMSE) {
			t.Errorf("%s: %s has RMSE %v, the mean %v", name, best.Method, best.RMSE, mean.RMSE)
		}
		m, err := mc.Fit(context.Background(), c.Best(), o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		path := filepath.Join(folder, "model.npz")
		if err := SaveModel(path, m); err != nil {
			t.Fatal(err)
		}
		if m, err = LoadModel(path); err != nil {
			t.Fatal(err)
		}
		label := m.Observed.RowIndex().Label(0)
		if label != first {
			t.Errorf("%s: the first row is %q, want %q", name, label, first)
		}
		if _, err := m.TopN(label, 5, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
