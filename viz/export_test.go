package viz_test

import (
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"projectpenalty/mc"
	"projectpenalty/viz"
	_ "projectpenalty/viz/print"
)

// Every chart is saved in every form, and each form holds its numbers.
func TestEveryForm(t *testing.T) {
	folder := t.TempDir()
	for name, c := range gallery() {
		t.Run(name, func(t *testing.T) {
			content := map[string]string{}
			for _, ending := range []string{".html", ".json", ".csv"} {
				file := filepath.Join(folder, name+ending)
				if err := c.WriteFile(file); err != nil {
					t.Fatal(err)
				}
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				content[ending] = string(b)
			}
			if n := strings.Count(content[".html"], "DecompressionStream"); n != 1 {
				t.Errorf("the page holds the library %d times", n)
			}
			picture := regexp.MustCompile(`base64,([^"]+)"></div>`).FindStringSubmatch(content[".html"])
			if picture == nil {
				t.Fatal("the page holds no picture")
			}
			svg, err := base64.StdEncoding.DecodeString(picture[1])
			if err != nil || !strings.Contains(string(svg), strings.Fields(c.Title())[0]) || !drawn(t, string(svg)) {
				t.Errorf("the picture does not say %q, or nothing is drawn: %v", c.Title(), err)
			}
			if name == "Loss" || name == "Heatmap" {
				if same, err := c.SVG(); err != nil || same != string(svg) {
					t.Errorf("the picture of the page is not that of SVG: %v", err)
				}
			}
			if !json.Valid([]byte(content[".json"])) {
				t.Error("the .json is none")
			}
			rows, err := csv.NewReader(strings.NewReader(content[".csv"])).ReadAll()
			if err != nil || len(rows) < 3 {
				t.Errorf("%d rows of .csv, %v", len(rows), err)
			}
		})
	}
}

// The numbers of the .csv are those that were given.
func TestCSV(t *testing.T) {
	text, err := viz.Loss(history("", 1)).CSV()
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[[2]string]string{}
	for _, r := range rows[1:] {
		found[[2]string{r[0], r[1]}] = r[2]
	}
	for _, r := range history("", 1).Records {
		for name, want := range map[string]float64{"training loss": r.Loss, "test error": *r.Test} {
			if got, err := strconv.ParseFloat(found[[2]string{name, strconv.Itoa(r.Step)}], 64); err != nil ||
				got != want {
				t.Errorf("%s at step %d: %v, %v; want %v", name, r.Step, got, err, want)
			}
		}
	}
}

// Every chart can be saved for papers, and a page of charts too.
func TestPrintedForms(t *testing.T) {
	folder := t.TempDir()
	charts := gallery()
	figures := map[string]interface{ WriteFile(string) error }{"Page": viz.Page("A page", charts["Loss"],
		charts["Heatmap"], charts["Loss"])}
	for name, c := range charts {
		figures[name] = c
	}
	for name, f := range figures {
		for ending, head := range map[string]string{".pdf": "%PDF-", ".png": "\x89PNG"} {
			file := filepath.Join(folder, name+ending)
			if err := f.WriteFile(file); err != nil {
				t.Errorf("%s%s: %v", name, ending, err)
				continue
			}
			if b, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(b), head) || len(b) < 5000 {
				t.Errorf("%s%s: %d bytes that begin with %.10q, %v", name, ending, len(b), b, err)
			}
		}
	}
}

// A .png is the picture at twice its size, on white, with its lines in their colours.
func TestPNG(t *testing.T) {
	c, file := viz.Loss(history("", 1)), filepath.Join(t.TempDir(), "a.png")
	if err := c.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	size := picture.Bounds()
	if !strings.Contains(svg, `width="`+strconv.Itoa(size.Dx()/2)+`"`) ||
		!strings.Contains(svg, `height="`+strconv.Itoa(size.Dy()/2)+`"`) {
		t.Errorf("the .png is %v for %.80s", size, svg)
	}
	blue := 0 // points of the colour of the training loss, #0072B2
	for y := range size.Dy() {
		for x := range size.Dx() {
			if r, g, b, _ := picture.At(x, y).RGBA(); r>>8 == 0 && g>>8 == 0x72 && b>>8 == 0xb2 {
				blue++
			}
		}
	}
	if r, g, b, a := picture.At(1, 1).RGBA(); r&g&b&a != 0xffff || blue < 500 {
		t.Errorf("the corner is not white, or %d points are of the line", blue)
	}
}

// Numbers within texts are shown as they are: coordinates alone are rounded in a picture.
func TestTextsAreNotRounded(t *testing.T) {
	svg, err := viz.Flow(viz.PathOf("η = 0.0123", 0.0123, history("", 1))).SVG()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(svg, "η = 0.0123") {
		t.Error("the picture has lost the decimals of a name")
	}
	if regexp.MustCompile(` d="[^"]*[0-9]\.[0-9]{2}`).MatchString(svg) {
		t.Error("coordinates have more than one decimal")
	}
}

func TestLogAndLinear(t *testing.T) {
	trace := history("", 1)
	if o := decode(t, viz.SingularValues(trace).Log()); o.YAxis[0].Type != "log" {
		t.Errorf("Log: %s", o.YAxis[0].Type)
	}
	if o := decode(t, viz.Loss(trace).Linear()); o.YAxis[0].Type != "value" ||
		len(o.Series[0].Data) != len(decode(t, viz.Loss(trace)).Series[0].Data) {
		t.Errorf("Linear: %s", o.YAxis[0].Type)
	}
	for _, c := range []*viz.Chart{viz.Heatmap("x", mat.NewDense(1, 1, nil), viz.Scale{}),
		viz.Compare("error", viz.Method{Name: "a", Values: []float64{1}})} {
		if err := c.Log().Err(); err == nil || !strings.Contains(err.Error(), "no axis of values") {
			t.Errorf("%s: error %v", c.Title(), err)
		}
	}
	if err := viz.Loss().Log().Err(); err == nil || !strings.Contains(err.Error(), "no trace") {
		t.Errorf("the error is lost: %v", err)
	}
}

// million is a run of a million steps with a hundred singular values, one of which has a spike and
// a gap.
func million() *mc.Trace {
	t := &mc.Trace{Every: 1, Records: make([]mc.Record, 1_000_000)}
	calm, spike := make([]float64, 100), make([]float64, 100)
	for i := range calm {
		calm[i] = 1 / float64(i+1)
	}
	copy(spike, calm)
	spike[0] = 7
	for k := range t.Records {
		loss := 1 + 0.5*math.Sin(float64(k)/1e4)
		t.Records[k] = mc.Record{Step: k, Loss: loss, EffectiveRank: 3, SingularValues: calm}
	}
	t.Records[654_321].SingularValues = spike
	t.Records[654_321].Loss = 1000
	t.Records[654_322].Loss = math.NaN()
	t.Records[654_323].Loss = 1e-9
	return t
}

// Of a million steps with a hundred singular values few points are drawn, in less than 2 MB, and
// spikes up and down and the gap between them are among them, in the live chart and in its picture.
func TestScale(t *testing.T) {
	trace := million()
	for _, c := range []*viz.Chart{viz.Loss(trace), viz.SingularValues(trace)} {
		o := decode(t, c)
		for _, s := range o.Series {
			if len(s.Data) > 2000 {
				t.Errorf("%s: %d points", s.Name, len(s.Data))
			}
		}
		first := o.Series[0].Data
		if a, b := *first[0].Value[0], *first[len(first)-1].Value[0]; a != 0 || b != 999_999 {
			t.Errorf("%s goes from %v to %v", c.Title(), a, b)
		}
		top, low, gaps := 0.0, math.Inf(1), 0
		for _, p := range first {
			if p.Value[1] == nil {
				gaps++
				continue
			}
			if top, low = max(top, *p.Value[1]), min(low, *p.Value[1]); *p.Value[1] >= 7 && *p.Value[0] != 654_321 {
				t.Errorf("%s: the spike is at %v", c.Title(), *p.Value[0])
			}
		}
		want := [3]float64{1000, 1e-9, 1}
		if c.Title() != "Loss" {
			want = [3]float64{7, 1, 0}
		}
		if got := [3]float64{top, low, float64(gaps)}; got != want {
			t.Errorf("%s: top, low and gaps %v, want %v", c.Title(), got, want)
		}
		html, err := c.HTML()
		if err != nil {
			t.Fatal(err)
		}
		if len(html) > 2_000_000 {
			t.Errorf("%s: %d bytes", c.Title(), len(html))
		}
	}
	svg, err := viz.SingularValues(trace).SVG()
	if err != nil {
		t.Fatal(err)
	}
	// σ₁ lies at 1 but for its spike to 7, on an axis to 8: the topmost of its line is high up.
	heights := regexp.MustCompile(`d="M66 ([0-9.]+)L[^"]*" fill="none"[^>]*stroke="#0072B2"`).FindStringSubmatch(svg)
	if heights == nil {
		t.Fatal("the line of σ₁ is not in the picture")
	}
	base, _ := strconv.ParseFloat(heights[1], 64)
	top := base
	for _, p := range regexp.MustCompile(`L[0-9.]+ ([0-9.]+)`).FindAllStringSubmatch(heights[0], -1) {
		y, _ := strconv.ParseFloat(p[1], 64)
		top = min(top, y)
	}
	if base-top < 150 {
		t.Errorf("the picture has lost the spike: σ₁ rises by %v pixels", base-top)
	}
}

// A million steps with a hundred singular values, to the fragment that a notebook stores.
func BenchmarkMillion(b *testing.B) {
	trace := million()
	if _, err := viz.SingularValues(history("", 1)).SVG(); err != nil { // load the renderer
		b.Fatal(err)
	}
	for b.Loop() {
		html, err := viz.SingularValues(trace).HTML()
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(html)), "bytes")
	}
}
