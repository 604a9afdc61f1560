package data

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"projectpenalty/mc"
)

// by is what is known, by the names of row and column.
type by map[[2]string]float64

func labelled(o *mc.Observations) by {
	known := by{}
	for _, e := range o.All() {
		known[[2]string{o.RowIndex().Label(e.Row), o.ColIndex().Label(e.Col)}] = e.Value
	}
	return known
}

func write(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// utf16Of is the text as Excel writes it.
func utf16Of(text string) string {
	out := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(text)) {
		out += string([]byte{byte(unit), byte(unit >> 8)})
	}
	return out
}

// swapped has each two bytes in the other order.
func swapped(text string) string {
	b := []byte(text)
	for k := 0; k+1 < len(b); k += 2 {
		b[k], b[k+1] = b[k+1], b[k]
	}
	return string(b)
}

// Files as they are distributed and as programs write them: their shapes, what is known and its
// names.
func TestForms(t *testing.T) {
	dense := by{{"0", "0"}: 1, {"0", "1"}: 2.5, {"1", "1"}: 4}    // 1, 2.5 / blank, 4
	stars := by{{"1", "1"}: 2, {"1", "2"}: 4, {"2", "1"}: 3.5}    // users and films counted from 1
	named := by{{"r1", "a"}: 1, {"r1", "b"}: 2.5, {"r2", "b"}: 4} // a table with names
	people := by{{"ann", "up"}: 4, {"bob", "up"}: 5, {"ann", "wall-e"}: 3}
	sparse := by{{"7", "31"}: 2.5, {"7", "193609"}: 4, {"600", "31"}: 0.5}
	for _, c := range []struct {
		name, text string
		rows, cols int
		want       by
	}{
		// Dense, without names.
		{"commas.csv", "1,2.5\n,4\n", 2, 2, dense},
		{"CRLF.csv", "\xef\xbb\xbf1,2.5\r\n,4\r\n", 2, 2, dense},
		{"German Excel.csv", "1;2,5\r\n;4\r\n", 2, 2, dense},
		{"quoted decimals.csv", "\"1\";\"2,5\"\n\"\";\"4\"\n", 2, 2, dense},
		{"tabs.tsv", "1\t2.5\n\t4\n", 2, 2, dense},
		{"tabs.txt", "1\t2,5\nNA\t4\n", 2, 2, dense},
		{"blanks.txt", "1 2.5\nnan 4\n", 2, 2, dense},
		{"savetxt.txt", "1.000000000000000000e+00 2.500000000000000000e+00\nnan 4.000000000000000000e+00\n",
			2, 2, dense},
		{"savetxt with header.txt", "# a b\n1.0e+00 2.5e+00\nnan 4.0e+00\n", 2, 2, dense},
		{"aligned.dat", "   1    2.5\n  NaN  4\n", 2, 2, dense},
		{"comma and blank.csv", "1, 2.5\nNA, 4\n", 2, 2, dense},
		{"bars.txt", "1|2.5\n?|4\n", 2, 2, dense},
		{"decimal commas between blanks.txt", "1 2,5\n- 4\n", 2, 2, dense},
		{"null.csv", "1,2.5\nnull,4\n", 2, 2, dense},
		{"minus.csv", "1,2.5\n−,4\n", 2, 2, dense},
		{"grouped.csv", "1.234,5;-2.000.000,25\n0,5;3\n", 2, 2,
			by{{"0", "0"}: 1234.5, {"0", "1"}: -2000000.25, {"1", "0"}: 0.5, {"1", "1"}: 3}},
		{"Excel, sep.csv", "sep=;\r\n1;2,5\r\n;4\r\n", 2, 2, dense},
		{"unknown column.csv", "1,2,\n3,4,\n", 2, 3, by{{"0", "0"}: 1, {"0", "1"}: 2, {"1", "0"}: 3, {"1", "1"}: 4}},
		{"grouped first.csv", "1.234;2\n0,5;3\n", 2, 2,
			by{{"0", "0"}: 1234, {"0", "1"}: 2, {"1", "0"}: 0.5, {"1", "1"}: 3}},
		{"two columns.csv", "1,2\n3,4\n", 2, 2, by{{"0", "0"}: 1, {"0", "1"}: 2, {"1", "0"}: 3, {"1", "1"}: 4}},
		{"years down.csv", "year,a,b\n1990,1,2.5\n1991,,4\n", 2, 2,
			by{{"1990", "a"}: 1, {"1990", "b"}: 2.5, {"1991", "b"}: 4}},
		{"years down, a blank row behind.csv", "year,a,b\n1990,1,2.5\n1991,,4\n,,\n", 2, 2,
			by{{"1990", "a"}: 1, {"1990", "b"}: 2.5, {"1991", "b"}: 4}},
		{"write.table, a column of words.txt", "\"city\" \"a\" \"b\"\n\"1\" \"oslo\" 1 2.5\n\"2\" \"rom\" NA 4\n", 2, 2,
			by{{"1 oslo", "a"}: 1, {"1 oslo", "b"}: 2.5, {"2 rom", "b"}: 4}},
		{"write.table, a date.txt", "\"year\" \"month\" \"a\" \"b\"\n\"1\" 1990 1 1 2.5\n\"2\" 1990 2 NA 4\n", 2, 2,
			by{{"1 1990 1", "a"}: 1, {"1 1990 1", "b"}: 2.5, {"2 1990 2", "b"}: 4}},
		{"header with ::.dat",
			"UserID::MovieID::Rating::Timestamp\n7::31::2.5::1260759144\n7::193609::4.0::1260759179\n600::31::0.5::1260759182\n", 2, 2, sparse},
		{"late decimal.csv", strings.Repeat("1;2\n", 300) + "1;2,5\n", 301, 2, nil},
		{"Excel, quoted sep.csv", "\"sep=;\"\r\n1;2,5\r\n;4\r\n", 2, 2, dense},
		{"unknown row.tsv", "1\t2.5\n\t\n\t4\n", 3, 2, by{{"0", "0"}: 1, {"0", "1"}: 2.5, {"2", "1"}: 4}},
		{"blank lines.txt", "1 2.5\n \t \n\t\nnan 4\n", 2, 2, dense},
		{"blank lines.csv", "1,2.5\n \t \n,4\n", 2, 2, dense},
		{"first entry unknown.csv", ",2,1\n0.3,5,4\n0.1,2,3\n", 3, 3, nil},
		{"three columns, the first not whole.csv", "0.5,1,2\n0.5,2,3\n1.5,1,4\n", 3, 3, nil},
		{"three columns, the second not whole.csv", "1,0.5,2\n1,1.5,3\n2,0.5,4\n", 3, 3, nil},
		{"first entry unknown, a column ascends.csv", ",2.5,1.5\n0.1,5,4\n0.2,2,3\n", 3, 3, nil},
		{"first entry unknown, a line.csv", ",10,20\n", 1, 3, by{{"0", "1"}: 10, {"0", "2"}: 20}},
		{"items first.csv", "item,user,rating\nup,ann,4\nup,bob,5\nwall-e,ann,3\n", 2, 2,
			by{{"ann", "up"}: 4, {"bob", "up"}: 5, {"ann", "wall-e"}: 3}},
		{"values of another name.csv", "user,item,enjoyment\nann,up,4\nbob,up,5\nann,wall-e,3\n", 2, 2, people},
		{"names and numbers.csv", "ann,1,4\nann,2,3\nbob,1,5\n", 2, 2,
			by{{"ann", "1"}: 4, {"ann", "2"}: 3, {"bob", "1"}: 5}},
		{"column.csv", "1\n\n3\n", 3, 1, by{{"0", "0"}: 1, {"2", "0"}: 3}},
		{"text as number.csv", "\"1\",\"2.5\"\n\"\",\"4\"\n", 2, 2, dense},

		{"thousands or decimals, beside decimals.csv", "1,234;950\n1,5;2\n", 2, 2,
			by{{"0", "0"}: 1.234, {"0", "1"}: 950, {"1", "0"}: 1.5, {"1", "1"}: 2}},
		{"thousandths.csv", "0,234;950\n-0,125;2\n", 2, 2,
			by{{"0", "0"}: 0.234, {"0", "1"}: 950, {"1", "0"}: -0.125, {"1", "1"}: 2}},
		{"zeros in front of all numbers.txt", "001 002 003\n004 001 000\n", 2, 3,
			by{{"0", "0"}: 1, {"0", "1"}: 2, {"0", "2"}: 3, {"1", "0"}: 4, {"1", "1"}: 1, {"1", "2"}: 0}},
		{"decimal commas between blanks, three digits.txt", "x y\n1,5 200,5\n2,5 300,7\n4,5 120,2\n", 3, 2,
			by{{"0", "x"}: 1.5, {"0", "y"}: 200.5, {"1", "x"}: 2.5, {"1", "y"}: 300.7, {"2", "x"}: 4.5,
				{"2", "y"}: 120.2}},
		{"decimal commas between blanks, here and there.txt", "8,3 7\n68,0 894\n5 4\n6 16,724\n", 4, 2, nil},
		{"thousands apart below a header.csv", "n,a,b\nx,1 000,2 500\ny,3 000,4 500\n", 2, 2,
			by{{"x", "a"}: 1000, {"x", "b"}: 2500, {"y", "a"}: 3000, {"y", "b"}: 4500}},
		{"decimal commas behind names.csv", "r1;1,5;2,5\nr2;3,5;4,5\n", 2, 2,
			by{{"r1", "0"}: 1.5, {"r1", "1"}: 2.5, {"r2", "0"}: 3.5, {"r2", "1"}: 4.5}},
		{"decimal commas below names with commas.csv", "a, x;b, y\n1,5;2,5\n3,5;4,5\n", 2, 2,
			by{{"0", "a, x"}: 1.5, {"0", "b, y"}: 2.5, {"1", "a, x"}: 3.5, {"1", "b, y"}: 4.5}},

		// Dense, with names.
		{"pandas.csv", ",a,b\nr1,1.0,2.5\nr2,,4.0\n", 2, 2, named},
		{"pandas, integers.csv", ",0,1,2\n0,.5,1.5,\n1,2,,3\n", 2, 3,
			by{{"0", "0"}: .5, {"0", "1"}: 1.5, {"1", "0"}: 2, {"1", "2"}: 3}},
		{"pandas, named index.csv", "station,a,b\nr1,1.0,2.5\nr2,,4.0\n", 2, 2, named},
		{"pandas, Unnamed.csv", "Unnamed: 0,a,b\n0,1.0,2.5\n1,,4.0\n", 2, 2,
			by{{"0", "a"}: 1, {"0", "b"}: 2.5, {"1", "b"}: 4}},
		{"pandas, years.csv", "city,1990,1991\noslo,1.0,2.5\nrom,,4.0\n", 2, 2,
			by{{"oslo", "1990"}: 1, {"oslo", "1991"}: 2.5, {"rom", "1991"}: 4}},
		{"R write.table.txt", "\"a\" \"b\"\n\"r1\" 1 2.5\n\"r2\" NA 4\n", 2, 2, named},
		{"R write.table, numbered.txt", "\"a\" \"b\"\n\"1\" 1 2.5\n\"2\" NA 4\n", 2, 2,
			by{{"1", "a"}: 1, {"1", "b"}: 2.5, {"2", "b"}: 4}},
		{"R write.csv.csv", "\"\",\"a\",\"b\"\n\"r1\",1,2.5\n\"r2\",NA,4\n", 2, 2, named},
		{"R write.csv2.csv", "\"\";\"a\";\"b\"\n\"r1\";1;2,5\n\"r2\";NA;4\n", 2, 2, named},
		{"header.csv", "a,b\n1.5,2.5\n,4\n", 2, 2, by{{"0", "a"}: 1.5, {"0", "b"}: 2.5, {"1", "b"}: 4}},
		{"names without header.csv", "r1,1,2.5\nr2,,4\n", 2, 2, by{{"r1", "0"}: 1, {"r1", "1"}: 2.5, {"r2", "1"}: 4}},
		{"ids.csv", "id,a,b\n100000000001,1,2.5\n100000000007,,4\n", 2, 2,
			by{{"100000000001", "a"}: 1, {"100000000001", "b"}: 2.5, {"100000000007", "b"}: 4}},
		{"German Excel with names.csv", "Sensor;M\xe4rz;April\r\nr1;1;2,5\r\nr2;;4\r\n", 2, 2,
			by{{"r1", "März"}: 1, {"r1", "April"}: 2.5, {"r2", "April"}: 4}},
		{"Excel Unicode text.txt", utf16Of("Sensor\tMärz\tApril\r\nr1\t1\t2,5\r\nr2\t\t4\r\n"), 2, 2,
			by{{"r1", "März"}: 1, {"r1", "April"}: 2.5, {"r2", "April"}: 4}},
		{"air quality.csv", "Date;Time;CO;NO;;\r\n10/03/2004;18.00.00;2,6;1360;;\r\n10/03/2004;19.00.00;2;1292;;\r\n;;;;;\r\n;;;;;\r\n", 2, 2,
			by{{"10/03/2004 18.00.00", "CO"}: 2.6, {"10/03/2004 18.00.00", "NO"}: 1360,
				{"10/03/2004 19.00.00", "CO"}: 2, {"10/03/2004 19.00.00", "NO"}: 1292}},
		{"separator at the end.csv", "name,a,b,\nr1,1,2.5,\nr2,,4,\n", 2, 2, named},
		{"separator at the end below the header.csv", "name,a,b\nr1,1,2.5,\nr2,,4,\n", 2, 2, named},
		{"old Macintosh.csv", "name,a,b\rr1,1,2.5\rr2,,4\r", 2, 2, named},
		{"millions.csv", "1.234.567;2\n3;4.000.000\n", 2, 2,
			by{{"0", "0"}: 1234567, {"0", "1"}: 2, {"1", "0"}: 3, {"1", "1"}: 4000000}},
		{"millions in English.csv", "1,234,567;2\n3;4,000,000\n", 2, 2,
			by{{"0", "0"}: 1234567, {"0", "1"}: 2, {"1", "0"}: 3, {"1", "1"}: 4000000}},
		{"powers with a comma.csv", "n;a;b\nr1;1e0;2,5E0\nr2;;4e+0\n", 2, 2, named},
		{"Total of something else.csv", "name,a,Total\nr1,1,2.5\nr2,,4\n", 2, 2,
			by{{"r1", "a"}: 1, {"r1", "Total"}: 2.5, {"r2", "Total"}: 4}},
		{"quoted newline of Windows.csv", "film,ann,bob\r\n\"up\r\nand away\",1,2\r\nheat,,4\r\n", 2, 2,
			by{{"up\r\nand away", "ann"}: 1, {"up\r\nand away", "bob"}: 2, {"heat", "bob"}: 4}},
		{"quoted newline in a header of Windows.csv",
			"user,\"item\r\nid\",rating\r\nann,up,4\r\nbob,up,5\r\nann,wall-e,3\r\n", 2, 2, people},
		{"quoted newline.csv", "film,ann,bob\n\"up\nand away\",1,2\nheat,,4\n", 2, 2,
			by{{"up\nand away", "ann"}: 1, {"up\nand away", "bob"}: 2, {"heat", "bob"}: 4}},
		{"Markdown.md", "| n  | a | b   |\n|:---|--:|----:|\n| r1 | 1 | 2.5 |\n| r2 |   | 4 |\n", 2, 2, named},
		{"framed.txt", "|1|2.5|\n||4|\n", 2, 2, dense},
		{"two tabs.tsv", "n\t\ta\t\tb\nr1\t\t1\t\t2.5\nr2\t\tNA\t\t4\n", 2, 2, named},
		{"UTF-16 without a mark.csv", utf16Of("n,a,b\nr1,1,2.5\nr2,,4\n")[2:], 2, 2, named},
		{"UTF-16, big end first, without a mark.csv", swapped(utf16Of("n,a,b\nr1,1,2.5\nr2,,4\n")[2:]), 2, 2, named},
		{"UTF-16, big end first.csv", swapped(utf16Of("n,a,b\nr1,1,2.5\nr2,,4\n")), 2, 2, named},
		{"Macintosh, then Windows.csv", "n,a,b\rr1,1,2.5\rr2,,4\r\n", 2, 2, named},
		{"C prints NaN.csv", "n,a,b\nr1,1,2.5\nr2,-nan,4\n", 2, 2, named},
		{"C on Windows prints NaN.csv", "n,a,b\nr1,1,2.5\nr2,-1.#IND,4\n", 2, 2, named},
		{"Fortran.txt", "  0.1000D+01  0.2500D+01\n  NaN  0.4D+01\n", 2, 2, dense},
		{"French.csv", "n;a;b\nr1;1\u202f000;2\u00a0500,5\nr2;;4 000\n", 2, 2,
			by{{"r1", "a"}: 1000, {"r1", "b"}: 2500.5, {"r2", "b"}: 4000}},
		{"French, Windows-1252.csv", "n;a;b\nr1;1\xa0000;2\xa0500,5\nr2;;4\xa0000\n", 2, 2,
			by{{"r1", "a"}: 1000, {"r1", "b"}: 2500.5, {"r2", "b"}: 4000}},
		{"Swiss.csv", "n;a;b\nr1;1'000;2’500.5\nr2;;4'000\n", 2, 2,
			by{{"r1", "a"}: 1000, {"r1", "b"}: 2500.5, {"r2", "b"}: 4000}},
		{"pandas, bool.csv", ",a,b\nr1,True,False\nr2,,True\n", 2, 2,
			by{{"r1", "a"}: 1, {"r1", "b"}: 0, {"r2", "b"}: 1}},
		{"year and month.csv", "year,month,a,b\n1990,1,1,2.5\n1990,2,,4\n", 2, 2,
			by{{"1990 1", "a"}: 1, {"1990 1", "b"}: 2.5, {"1990 2", "b"}: 4}},
		{"dates as columns.csv", "station,2024-01-01,2024-01-02\nr1,1,2.5\nr2,,4\n", 2, 2,
			by{{"r1", "2024-01-01"}: 1, {"r1", "2024-01-02"}: 2.5, {"r2", "2024-01-02"}: 4}},
		{"hours.csv", "hour,a,b\n00:00,1,2.5\n01:00,,4\n", 2, 2,
			by{{"00:00", "a"}: 1, {"00:00", "b"}: 2.5, {"01:00", "b"}: 4}},
		{"a numbered series of columns.csv", "X1,X2,X3\n5,1,2\n7,,4\n", 2, 3,
			by{{"0", "X1"}: 5, {"0", "X2"}: 1, {"0", "X3"}: 2, {"1", "X1"}: 7, {"1", "X3"}: 4}},
		{"readr, no name above ids.csv", "X1,a,b\n5,1,2.5\n7,,4\n", 2, 2,
			by{{"5", "a"}: 1, {"5", "b"}: 2.5, {"7", "b"}: 4}},
		{"users.csv", "user,up,heat\n7,1,2.5\n600,,4\n", 2, 2,
			by{{"7", "up"}: 1, {"7", "heat"}: 2.5, {"600", "heat"}: 4}},
		{"ids of users.csv", "userId,a,b\n7,1,2.5\n600,,4\n", 2, 2,
			by{{"7", "a"}: 1, {"7", "b"}: 2.5, {"600", "b"}: 4}},
		{"a numbered series of rows.csv", "s09,1,2\ns10,3,4\n", 2, 2,
			by{{"s09", "0"}: 1, {"s09", "1"}: 2, {"s10", "0"}: 3, {"s10", "1"}: 4}},
		{"names of triples above two columns.csv", "user,item\n1,2,3\n", 1, 2, by{{"1", "user"}: 2, {"1", "item"}: 3}},
		{"blanks in quotation marks.csv", "\" n\",a,\" b\"\n\" r1\",\" 1\",2.5\nr1,,\"4 \"\n", 2, 2,
			by{{" r1", "a"}: 1, {" r1", " b"}: 2.5, {"r1", " b"}: 4}},
		{"index above words and numbers.csv", "index,a,b\n1,5,3\nb,4,2\n", 2, 2,
			by{{"1", "a"}: 5, {"1", "b"}: 3, {"b", "a"}: 4, {"b", "b"}: 2}},
		{"index, and large numbers in the last column.csv", "index,a,b,c\n1,5,3.5,150000000\n2,7,4.5,160000000\n",
			2, 3, nil},

		// Triples.
		{"bars in ids.csv", "user,item,rating\nu1,A|1,3\nu2,B|2,4\nu1,B|2,5\n", 2, 2,
			by{{"u1", "A|1"}: 3, {"u2", "B|2"}: 4, {"u1", "B|2"}: 5}},
		{"semicolons in ids.csv", "user,item,rating\nu1,A;1,3\nu2,B;2,4\nu1,B;2,5\n", 2, 2,
			by{{"u1", "A;1"}: 3, {"u2", "B;2"}: 4, {"u1", "B;2"}: 5}},
		{"colons in ids.csv", "user,item,rating\nu1,A::1,3\nu2,B::2,4\nu1,B::2,5\n", 2, 2,
			by{{"u1", "A::1"}: 3, {"u2", "B::2"}: 4, {"u1", "B::2"}: 5}},
		{"bars in ids between blanks.txt", "user item rating\nu1 A|1 3\nu2 B|2 4\nu1 B|2 5\n", 2, 2,
			by{{"u1", "A|1"}: 3, {"u2", "B|2"}: 4, {"u1", "B|2"}: 5}},
		{"patients and doses, each patient twice.csv", "patient,drug,response\np1,1,3\np1,2,4\np2,1,5\np2,2,1\n", 2, 2,
			by{{"p1", "1"}: 3, {"p1", "2"}: 4, {"p2", "1"}: 5, {"p2", "2"}: 1}},
		{"patients and drugs in words.csv", "patient,drug,response\np1,a,3\np2,b,4\n", 2, 2,
			by{{"p1", "a"}: 3, {"p2", "b"}: 4}},
		{"each user once.csv", "user,item,rating\n7,31,3\n9,32,4\n", 2, 2, by{{"7", "31"}: 3, {"9", "32"}: 4}},
		{"genres.csv", "userId,movieId,rating,genres\n7,31,2.5,18|28\n7,193609,4,35|80\n600,31,0.5,18|35\n", 2, 2,
			sparse},
		{"genres behind bars.csv", "userId|movieId|rating|genres\n7|31|2.5|18;28\n7|193609|4|35;80\n600|31|0.5|18;35\n",
			2, 2, sparse},
		{"genres between blanks.txt", "userId movieId rating genres\n7 31 2.5 18|28\n7 193609 4 35|80\n600 31 0.5 18|35\n",
			2, 2, sparse},
		{"word, number, rating and time.csv",
			"alice,10,5.0,1341100800\nbob,10,4.0,1341100900\nalice,11,3.0,1341101000\n", 2, 2,
			by{{"alice", "10"}: 5, {"bob", "10"}: 4, {"alice", "11"}: 3}},
		{"Amazon.csv", "A2CX7LUOHB2NDG,0321732944,5.0,1341100800\nA2NWSAGRHCP8N5,0439886341,1.0,1367193600\n" +
			"A2WNBOD3WNDNKT,034545104X,3.0,1374451200\n", 3, 3,
			by{{"A2CX7LUOHB2NDG", "0321732944"}: 5, {"A2NWSAGRHCP8N5", "0439886341"}: 1,
				{"A2WNBOD3WNDNKT", "034545104X"}: 3}},
		{"Amazon without times.csv", "A2CX7LUOHB2NDG,0321732944,5.0\nA2NWSAGRHCP8N5,0439886341,1.0\n", 2, 2,
			by{{"A2CX7LUOHB2NDG", "0321732944"}: 5, {"A2NWSAGRHCP8N5", "0439886341"}: 1}},
		{"ids with zeros in front.csv", "007,0321732944,5.0\n012,0321732944,4.0\n", 2, 1,
			by{{"007", "0321732944"}: 5, {"012", "0321732944"}: 4}},
		{"ids with zeros in front, twice.csv", "007,5,3\n007,4,2\n012,4,1\n", 2, 2,
			by{{"007", "5"}: 3, {"007", "4"}: 2, {"012", "4"}: 1}},
		{"Rent the Runway.csv",
			"fit,user_id,item_id,weight,rating,height\nsmall,7,31,60,2.5,170\nfit,7,193609,70,4,180\nfit,600,31,80,0.5,190\n",
			2, 2, sparse},
		{"count and rating.csv", "user,item,count,rating\nann,up,9,4\nbob,up,8,5\nann,wall-e,7,3\n", 2, 2, people},
		{"value and a note in words.csv", "user,item,note,value\nann,up,ok,4\nbob,up,fine,5\nann,wall-e,bad,3\n", 2,
			2, people},
		{"pandas, melted with its index.csv",
			"index,variable,value\nann,up,4.0\nbob,up,5.0\nann,wall-e,3.0\n", 2, 2, people},
		{"blanks in quotation marks of triples.csv", "user,item,rating\n\" 7\",\" x\",\" 2.5\"\n7,x,4\n", 1, 2,
			by{{"7", " x"}: 2.5, {"7", "x"}: 4}},
		{"pandas, stacked.csv", ",,0\nann,up,4.0\nbob,up,5.0\nann,wall-e,3.0\n", 2, 2, people},
		{"pandas, stacked, index reset.csv", "level_0,level_1,0\nann,up,4.0\nbob,up,5.0\nann,wall-e,3.0\n", 2, 2, people},
		{"pandas, melted.csv", ",variable,value\nann,up,4.0\nbob,up,5.0\nann,wall-e,3.0\nbob,wall-e,\n", 2, 2, people},
		{"pandas, index of two.csv", "user,item,rating\nann,up,4.0\nbob,up,5.0\nann,wall-e,3.0\n", 2, 2, people},
		{"dates and places.csv", "date,station,value\n2024-01-01,x,2\n2024-01-02,x,4\n2024-01-01,y,3.5\n", 2, 2,
			by{{"2024-01-01", "x"}: 2, {"2024-01-02", "x"}: 4, {"2024-01-01", "y"}: 3.5}},
		{"ids beyond 2⁵³ and 2⁶⁴.csv", "user,item,rating\n9007199254740993,18446744073709551617,3\n" +
			"9007199254740992,18446744073709551616,4\n", 2, 2,
			by{{"9007199254740993", "18446744073709551617"}: 3, {"9007199254740992", "18446744073709551616"}: 4}},
		{"007 is not 7.csv", "user,item,rating\n007,01,3\n7,1,4\n", 2, 2, by{{"007", "01"}: 3, {"7", "1"}: 4}},
		{"row col value.csv", "row,col,value\n0,0,2\n0,1,4\n1,0,3.5\n", 2, 2,
			by{{"0", "0"}: 2, {"0", "1"}: 4, {"1", "0"}: 3.5}},
		{"row col value from 1.csv", "row,col,value\n1,1,2\n1,2,4\n2,1,3.5\n", 2, 2, stars},
		{"i j x.csv", "i,j,x\n3,0,2\n0,1,4\n", 4, 2, by{{"3", "0"}: 2, {"0", "1"}: 4}},
		{"user item rating.csv", "user,item,rating\n1,1,2\n1,2,4\n2,1,3.5\n", 2, 2, stars},
		{"another order.csv", "rating,item,user\n2,1,1\n4,2,1\n3.5,1,2\n", 2, 2, stars},
		{"MovieLens latest.csv",
			"userId,movieId,rating,timestamp\n7,31,2.5,1260759144\n7,193609,4.0,1260759179\n600,31,0.5,1260759182\n", 2, 2, sparse},
		{"further columns.csv",
			"rating,title,user_id,genre,item_id\n2.5,\"Up, up\",7,x,31\n4,b,7,y,193609\n0.5,c,600,z,31\n", 2,
			2, sparse},
		{"words.csv", "reviewer,product,stars\nann,up,4\nbob,up,5\nann,wall-e,3\n", 2, 2, people},
		{"triples, separator at the end.csv", "user,item,rating\n1,1,2,\n1,2,4,\n2,1,3.5,\n", 2, 2, stars},
		{"words without header.csv", "ann,up,4\nbob,up,5\nann,wall-e,3\n", 2, 2, people},
		{"words, unknown names.tsv", "wer\twas\twie\nann\tup\t4\nbob\tup\t5\nann\twall-e\t3\n", 2, 2, people},
		{"u.data", "1\t1\t2\t881250949\n1\t2\t4\t891717742\n2\t1\t3.5\t878887116\n", 2, 2, stars},
		{"ratings.dat", "1::1::2::978300760\n1::2::4::978302109\n2::1::3.5::978301968\n", 2, 2, stars},
		{"three.dat", "1::1::2\n1::2::4\n2::1::3.5\n", 2, 2, stars},
		{"jester_ratings.dat", "1\t\t5\t\t0.219\n1\t\t7\t\t-9.281\n2\t\t5\t\t-9.812\n", 2, 2,
			by{{"1", "5"}: 0.219, {"1", "7"}: -9.281, {"2", "5"}: -9.812}},
		{"combined_data_1.txt", "1:\n1488844,3,2005-09-06\n822109,5,2005-05-13\n2:\n822109,4,2005-10-19\n", 2, 2,
			by{{"1488844", "1"}: 3, {"822109", "1"}: 5, {"822109", "2"}: 4}},
		{"long ids.csv", "user,item,rating\n100000000001,900000000001,3\n100000000007,900000000001,4\n", 2, 1,
			by{{"100000000001", "900000000001"}: 3, {"100000000007", "900000000001"}: 4}},
		{"blank value.csv", "user,item,rating\nann,up,4\nann,heat,\nbob,up,5\nann,wall-e,3\nbob,wall-e,NA\n", 2,
			3, people},
		{"German triples.csv", "Benutzer;Artikel;Bewertung\n1;1;2\n1;2;4\n2;1;3,5\n", 2, 2, stars},
		{"book crossing.csv",
			"\"User-ID\";\"ISBN\";\"Book-Rating\"\n\"7\";\"034545104X\";\"0\"\n\"600\";\"0155061224\";\"5\"\n", 2, 2,
			by{{"7", "034545104X"}: 0, {"600", "0155061224"}: 5}},
		{"ids as floats.csv", "user,item,rating\n1.0,1.0,2\n1.0,2.0,4\n2.0,1.0,3.5\n", 2, 2, stars},
	} {
		for _, packed := range []bool{false, true} {
			path := write(t, c.name, c.text)
			if packed {
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				z.Write([]byte(c.text))
				z.Close()
				path = write(t, c.name+".gz", b.String())
			}
			o, err := Load(path)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
			if rows, cols := o.Dims(); rows != c.rows || cols != c.cols {
				t.Errorf("%s: %d×%d, want %d×%d", c.name, rows, cols, c.rows, c.cols)
				continue
			}
			if c.want == nil {
				continue
			}
			if diff := cmp.Diff(c.want, labelled(o)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.name, diff)
			}
			found, err := Table{}.Look(path)
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			} else if again, err := found.Load(path); err != nil {
				t.Errorf("%s: by %v, which was found: %v", c.name, found, err)
			} else if diff := cmp.Diff(labelled(o), labelled(again)); diff != "" {
				t.Errorf("%s: by %v, which was found (-want +got):\n%s", c.name, found, diff)
			}
		}
	}
}

// What can be read in two ways is asked about: the error has both, and each table that it names
// reads the file.
func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		name, text string
		one        Table
		rows, cols int
		other      Table
		otherRows  int
		otherCols  int
	}{
		{"FilmTrust", "1 1 2\n1 2 4\n2 1 3.5\n", Table{Form: Triples}, 2, 2, Table{Form: Dense}, 3, 3},
		{"commas", "1,1,2\n1,2,4\n2,1,3.5\n", Table{Form: Triples}, 2, 2, Table{Form: Dense}, 3, 3},
		{"to_csv(index=False)", "0,1,2\n.5,1.5,\n2,,3\n", Table{Form: Dense, Comma: ',', Header: No, Index: No},
			3, 3, Table{Form: Dense, Comma: ',', Header: Yes, Index: No}, 2, 3},
		{"to_csv(header=False)", "0,5,3.5\n1,4,\n2,,2\n", Table{Form: Dense, Comma: ',', Header: No, Index: No},
			3, 3, Table{Form: Dense, Comma: ',', Header: No, Index: Yes}, 3, 2},
		{"years alone", "1990,1991,1992\n5,4,3.5\n4,,2\n", Table{Form: Dense, Comma: ',', Header: No, Index: No},
			3, 3, Table{Form: Dense, Comma: ',', Header: Yes, Index: No}, 2, 3},
		{"numbers as names", ",10,20\n7,5,4\n9,3,\n", Table{Form: Dense, Comma: ',', Header: No, Index: No}, 3, 3,
			Table{Form: Dense, Comma: ',', Header: Yes, Index: Yes}, 2, 2},
		{"numbers as a name", ",10,20\n7,5,4\n", Table{Form: Dense, Comma: ',', Header: No, Index: No}, 2, 3,
			Table{Form: Dense, Comma: ',', Header: Yes, Index: Yes}, 1, 2},
		{"ascending numbers as names", ",0.5,1.5\n2.5,5,4\n3.5,3,\n", Table{Form: Dense, Comma: ',', Header: No, Index: No},
			3, 3, Table{Form: Dense, Comma: ',', Header: Yes, Index: Yes}, 2, 2},
		{"counting column", "a,b,c\n1,5,4.5\n2,3,\n3,1,2\n",
			Table{Form: Dense, Comma: ',', Header: Yes, Index: No}, 3, 3,
			Table{Form: Dense, Comma: ',', Header: Yes, Index: Yes}, 3, 2},
		{"pairs", "1 5\n1 7\n2 5\n", Table{Form: Triples, Header: No, Value: Ones}, 2, 2,
			Table{Form: Dense, Comma: ' ', Header: No, Index: No}, 3, 2},
		{"ids in front", "11,5,4,1\n17,3,2,1\n20,1,,2\n31,4,3.5,1\n44,2,1,3\n",
			Table{Form: Dense, Comma: ',', Header: No, Index: No}, 5, 4,
			Table{Form: Dense, Comma: ',', Header: No, Index: Yes}, 5, 3},
		{"ids below a word", "x,y,z,u\n11,5,4,1\n17,3,2,2\n20,1,,3\n31,4,3.5,1\n44,2,1,1\n",
			Table{Form: Dense, Comma: ',', Header: Yes, Index: No}, 5, 4,
			Table{Form: Dense, Comma: ',', Header: Yes, Index: Yes}, 5, 3},
		{"word, number, rating and time, each word once", "alice,10,5.0,1341100800\nbob,11,4.0,1341100900\n",
			Table{Form: Triples}, 2, 2, Table{Form: Dense, Header: No, Index: Yes}, 2, 3},
		{"ids with zeros in front, each once", "001,5,3\n002,4,2\n003,1,5\n", Table{Form: Triples}, 3, 3,
			Table{Form: Dense, Header: No, Index: Yes}, 3, 2},
		{"colours", "r,g,b\n1,0,1\n20,255,2\n255,4,255\n", Table{Form: Dense, Header: Yes, Index: No}, 3, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 3, 2},
		{"components", "u,v,w\n1.5,2,3\n2.5,1,1\n", Table{Form: Dense, Header: Yes, Index: No}, 2, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 2, 2},
		{"wines", "wine,acid,sugar\n14,3,4\n12,1,1\n", Table{Form: Dense, Header: Yes, Index: No}, 2, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 2, 2},
		{"a counting column of a series", "X1,X2,X3\n1,5,4.5\n2,3,\n3,1,2\n",
			Table{Form: Dense, Header: Yes, Index: No}, 3, 3, Table{Form: Dense, Header: Yes, Index: Yes}, 3, 2},
		{"doses", "compound,0.1,1,10\naspirin,5,6,7\n", Table{Form: Dense, Header: No, Index: Yes}, 2, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 1, 3},
		{"wavelengths", "nm,400,410.5,420\ns,1,2,3\nt,5,4,3\n", Table{Form: Dense, Header: No, Index: Yes}, 3, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 2, 3},
		{"charges", "compound,-1,0,1\naspirin,5,6,7\n", Table{Form: Dense, Header: No, Index: Yes}, 2, 3,
			Table{Form: Dense, Header: Yes, Index: Yes}, 1, 3},
		{"triples below other words", "a,b,c\n1,10,5\n1,20,3.5\n2,10,4\n", Table{Form: Triples}, 2, 2,
			Table{Form: Dense, Header: Yes, Index: No}, 3, 3},
		{"ratings by respondents", "respondent,food,service,place,overall\nA,3,1,4,3\nB,4,2,5,2\n", Table{Form: Triples}, 2, 2,
			Table{Form: Dense}, 2, 4},
		{"ratings by customers", "customer,product,service\nA,3,1\nB,4,2\n", Table{Form: Triples}, 2, 2, Table{Form: Dense}, 2, 2},
		{"drinks", "person,wine,beer\n7,3,1\n9,4,2\n12,4,3\n", Table{Form: Triples}, 3, 2, Table{Form: Dense}, 3, 2},
		{"doses and responses", "patient,age,drug,response\np1,61,2.5,1\np2,70,5,3\n", Table{Form: Triples}, 2, 2,
			Table{Form: Dense}, 2, 3},
		{"decimal commas or thousands apart", "1,5 200,5\n2,5 300,7\n4,5 120,2\n",
			Table{Comma: ','}, 3, 3, Table{Comma: ' '}, 3, 2},
		{"names and decimal commas or thousands apart", "a b 500,5 200,5\nc d 2,5 300,7\n",
			Table{Comma: ','}, 2, 2, Table{Comma: ' '}, 2, 2},
		{"names with bars or decimal commas", "u1,A|1,3\nu2,B|2,4\n",
			Table{Comma: ','}, 2, 2, Table{Comma: '|'}, 2, 1},
		{"names with commas", "Doe, Ann;1,5\nRoe, Bob;2,5\n", Table{Comma: ','}, 2, 2, Table{Comma: ';'}, 2, 1},
		{"sentinel", "1.5,2,3,4\n-9999,5,2.5,1\n2,-9999,1,1\n",
			Table{Form: Dense, Comma: ',', Header: No, Index: No, Unknown: []string{"-9999"}}, 3, 4,
			Table{Form: Dense, Comma: ',', Header: No, Index: No, Unknown: []string{}}, 3, 4},
		{"99", "n,a,b,c\nx,1,99,3\ny,99,2,5\n", Table{Unknown: []string{"99"}}, 2, 3, Table{Unknown: []string{}}, 2, 3},
		{"999 in decimals", "n;a;b;c\nx;1,5;999,0;3\ny;999,0;2;5\n", Table{Unknown: []string{"999"}}, 2, 3,
			Table{Unknown: []string{}}, 2, 3},
		{"−1 of ratings", "user,item,rating\na,x,5\na,y,-1\nb,x,-1\nb,y,3\nc,x,4\n",
			Table{Unknown: []string{"-1"}}, 3, 2, Table{Unknown: []string{}}, 3, 2},
		{"−99 below percentages", "n,a,b\nx,0,-99\ny,-99,100\nz,40,50\n", Table{Unknown: []string{"-99"}}, 3, 2,
			Table{Unknown: []string{}}, 3, 2},
		{"several", "n,a,b,c\nx,1,-999,3\ny,-99,2,5\nz,4,4,-9999\n",
			Table{Unknown: []string{"-9999", "-999", "-99"}}, 3, 3, Table{Unknown: []string{}}, 3, 3},
		{"NetCDF", "n,a,b,c\nx,1,9.969209968386869e+36,3\ny,2,2,5\n",
			Table{Unknown: []string{"9.969209968386869e+36"}}, 2, 3, Table{Unknown: []string{}}, 2, 3},
		{"in columns of other units", "h;CO;NOx\na;2,6;1046\nb;-200;103\nc;1,2;131\nd;-200;-200\ne;2,2;172\n",
			Table{Unknown: []string{"-200"}}, 5, 2, Table{Unknown: []string{}}, 5, 2},
	} {
		path := write(t, "file.csv", c.text)
		_, err := Load(path)
		var asked *question
		if !errors.As(err, &asked) {
			t.Errorf("%s: error %v asks nothing", c.name, err)
			continue
		}
		for _, r := range []struct {
			table      Table
			rows, cols int
		}{{c.one, c.rows, c.cols}, {c.other, c.otherRows, c.otherCols}} {
			o, err := r.table.Load(path)
			if err != nil {
				t.Errorf("%s: %v: %v", c.name, r.table, err)
				continue
			}
			if rows, cols := o.Dims(); rows != r.rows || cols != r.cols {
				t.Errorf("%s: %v reads %d×%d, want %d×%d", c.name, r.table, rows, cols, r.rows, r.cols)
			}
			fields := strings.TrimSuffix(strings.TrimPrefix(r.table.String(), "data.Table{"), "}")
			for _, field := range strings.Split(fields, ", ") {
				if strings.HasPrefix(field, "Comma") {
					continue
				}
				if !strings.Contains(asked.Error(), field) {
					t.Errorf("%s: the error %q does not name %s", c.name, asked, field)
				}
			}
		}
	}
}

// What is far from others and no sentinel, or a sentinel among others, is a value.
func TestNoSentinels(t *testing.T) {
	for name, text := range map[string]string{
		"votes":                 "n,a,b,c\nx,1,-1,1\ny,-1,1,-1\nz,1,1,-1\n",
		"no vote either":        "n,a,b,c\nx,1,-1,0\ny,-1,1,-1\nz,0,1,-1\n",
		"whole degrees":         "n,a,b,c\nx,1,-1,0\ny,-1,3,5\nz,7,2,-1\n",
		"one outlier":           "n,a,b,c\nx,1,2,99\ny,4,3,5\n",
		"percentages":           "n,a,b,c\nx,99,2,99\ny,40,73,5\n",
		"two numbers only":      "n,a,b,c\nx,99,1,99\ny,1,2,2\n",
		"200 in another column": "n,a,b\nx,999,1\ny,1000,2\nz,998,3\nu,997,999\nv,999,999\n",
		"all alike":             "n,a,b\nx,99,99\ny,99,99\n",
	} {
		if o, err := Load(write(t, "file.csv", text)); err != nil {
			t.Errorf("%s: %v", name, err)
		} else if rows, cols := o.Dims(); o.Len() != rows*cols {
			t.Errorf("%s: %d of %d×%d entries are known", name, o.Len(), rows, cols)
		}
	}
}

// What a caller states is taken as it is.
func TestTableFields(t *testing.T) {
	for _, c := range []struct {
		name  string
		table Table
		text  string
		rows  int
		cols  int
		want  by
	}{
		{"sentinels with decimal commas", Table{Unknown: []string{"-99,9", "1e20"}}, "1,5;-99,9\n1E+20;3\n", 2, 2,
			by{{"0", "0"}: 1.5, {"1", "1"}: 3}},
		{"sentinels", Table{Unknown: []string{"-200", "x"}}, "1,5;-200\nx;-200,0\n7;3\n", 3, 2,
			by{{"0", "0"}: 1.5, {"2", "0"}: 7, {"2", "1"}: 3}},
		{"decimal commas in CSV", Table{Decimal: ','}, "\"1,5\",2\n3,\"4,25\"\n", 2, 2,
			by{{"0", "0"}: 1.5, {"0", "1"}: 2, {"1", "0"}: 3, {"1", "1"}: 4.25}},
		{"columns by name", Table{Row: "film", Col: "who", Value: "liked"},
			"who,when,film,liked\nann,1,up,4\nbob,2,up,5\n", 1, 2, by{{"up", "ann"}: 4, {"up", "bob"}: 5}},
		{"columns by number", Table{Row: "2", Col: "1", Value: "4"}, "5 6 0 1.5\n5 7 0 2.5\n", 2, 1,
			by{{"6", "5"}: 1.5, {"7", "5"}: 2.5}},
		{"items as rows", Table{Row: "item", Col: "user"}, "userId,movieId,rating\n7,31,2.5\n600,31,4\n", 1, 2,
			by{{"31", "7"}: 2.5, {"31", "600"}: 4}},
		{"ones", Table{Value: Ones}, "user,item\n1,2\n2,1\n", 2, 2, by{{"1", "2"}: 1, {"2", "1"}: 1}},
		{"from one", Table{Form: Triples, Count: FromOne}, "2 3 5\n", 2, 3, by{{"2", "3"}: 5}},
		{"from zero", Table{Form: Triples, Count: FromZero, Rows: 4, Cols: 9}, "2 3 5\n", 4, 9, by{{"2", "3"}: 5}},
		{"names", Table{Form: Triples, Count: Names}, "2 3 5\n", 1, 1, by{{"2", "3"}: 5}},
		{"keep last", Table{Twice: KeepLast}, "user,item,rating\na,x,1\nb,x,2\na,x,5\n", 2, 1,
			by{{"a", "x"}: 5, {"b", "x"}: 2}},
		{"keep mean", Table{Twice: KeepMean}, "user,item,rating\na,x,1\nb,x,2\na,x,5\n", 2, 1,
			by{{"a", "x"}: 3, {"b", "x"}: 2}},
		{"commas group thousands", Table{Decimal: '.'}, "n,a,b\nx,\"1,234\",2.5\ny,3,\"12,000\"\n", 2, 2,
			by{{"x", "a"}: 1234, {"x", "b"}: 2.5, {"y", "a"}: 3, {"y", "b"}: 12000}},
		{"date and time", Table{}, "Date;Time;a;b\n1/1;8h;1;2,5\n1/1;9h;;4\n", 2, 2,
			by{{"1/1 8h", "a"}: 1, {"1/1 8h", "b"}: 2.5, {"1/1 9h", "b"}: 4}},
		{"year and month", Table{}, "year,month,a,b\n1990,1,1,2.5\n1990,2,,4\n", 2, 2,
			by{{"1990 1", "a"}: 1, {"1990 1", "b"}: 2.5, {"1990 2", "b"}: 4}},
		{"names left out", Table{Index: Ignore}, "day,a,b\nmon,1,2\nmon,3,4\n", 2, 2,
			by{{"0", "a"}: 1, {"0", "b"}: 2, {"1", "a"}: 3, {"1", "b"}: 4}},
		{"comments", Table{Comment: '!'}, "1,2\n!3,4\n5,6\n", 2, 2,
			by{{"0", "0"}: 1, {"0", "1"}: 2, {"1", "0"}: 5, {"1", "1"}: 6}},
		{"commas group thousands between tabs", Table{Decimal: '.'},
			"user\tartist\tplays\na\tx\t1,234\na\ty\t12\nb\tx\t3,456\n", 2, 2,
			by{{"a", "x"}: 1234, {"a", "y"}: 12, {"b", "x"}: 3456}},
		{"decimal commas with three digits", Table{Decimal: ','}, "n;a;b\nx;1,234;950\n", 1, 2,
			by{{"x", "a"}: 1.234, {"x", "b"}: 950}},
		{"one of several values", Table{Value: "userRating"}, "user,item,imdbRating,userRating\na,x,3,4\nb,x,5,2\n", 2, 1,
			by{{"a", "x"}: 4, {"b", "x"}: 2}},
		{"the form of Netflix", Table{Comma: ','}, "1:\n7,3,2005-09-06\n8,5,2005-05-13\n", 2, 1,
			by{{"7", "1"}: 3, {"8", "1"}: 5}},
		{"header of numbers", Table{Header: Yes, Index: No, Form: Dense}, "10,20\n5,6\n", 1, 2,
			by{{"0", "10"}: 5, {"0", "20"}: 6}},
	} {
		path := write(t, "file.csv", c.text)
		o, err := c.table.Load(path)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if rows, cols := o.Dims(); rows != c.rows || cols != c.cols {
			t.Errorf("%s: %d×%d, want %d×%d", c.name, rows, cols, c.rows, c.cols)
			continue
		}
		if diff := cmp.Diff(c.want, labelled(o)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		again, err := c.table.Read("file.csv", struct{ *strings.Reader }{strings.NewReader(c.text)})
		if err != nil {
			t.Errorf("%s: from a reader: %v", c.name, err)
		} else if diff := cmp.Diff(c.want, labelled(again)); diff != "" {
			t.Errorf("%s: from a reader (-want +got):\n%s", c.name, diff)
		}
		found, err := c.table.Look(path)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if again, err = found.Load(path); err != nil {
			t.Errorf("%s: by %v, which was found: %v", c.name, found, err)
		} else if diff := cmp.Diff(c.want, labelled(again)); diff != "" {
			t.Errorf("%s: by %v, which was found (-want +got):\n%s", c.name, found, diff)
		}
	}
}

// What is wrong is said with file, line, column and what would be right.
func TestBadTables(t *testing.T) {
	for _, c := range []struct {
		table      Table
		text, want string
	}{
		{Table{}, "user,item,rating\na,x,1\nb,x,2\na,x,5\n",
			`file.csv:4: the entry of user "a" and item "x" was given in line 2 already; data.Table{Twice: data.KeepLast}`},
		{Table{}, "1,2\n3,4,5\n6,7,8\n",
			`file.csv: the first row has 2 cells and no word, the second row has 3; if the first names the columns`},
		{Table{}, "1,2\n3;4\n", `file.csv: the first row has 1 cells and no word, the second row has 2`},
		{Table{}, "1,2\n3,four\n",
			`file.csv:2:2: "four" is not a number; if it stands for unknown, data.Table{Unknown: []string{"four"}} says so (read with data.Table{Form: data.Dense, Comma: ','})`},
		{Table{}, "a,b\n1.5,\"4,5\"\n",
			`file.csv:2:2: "4,5" is not a number; data.Table{Decimal: ','} reads it as 4.5`},
		{Table{}, "user,item,rating\na,x,1\nb,,2\n", `file.csv:3:2: the name of the item is blank`},
		{Table{}, "user,item,rating\na,x,1\nb,2\n",
			`file.csv:3: the line has 2 cells; it must have three: row, column, value`},
		{Table{}, "user,item,time\na,x,1\nb,y,2\n",
			`none of values; name it: data.Table{Value: …}; data.Ones for 1 everywhere`},
		{Table{}, "user,item,price,tax\na,x,1,2\n", `none of values; name it: data.Table{Value: …}`},
		{Table{}, "user,item,imdbRating,userRating\na,x,3,4\nb,x,5,2\n",
			`several that may be of values ("imdbRating", "userRating"); name it: data.Table{Value: …}`},
		{Table{}, "user,item,stars,score\na,x,3,4\n", `several that may be of values ("stars", "score"); name it`},
		{Table{Row: "user", Col: "item"}, "user,item,imdbRating,userRating\na,x,3,4\n",
			`which column holds the values is not found; name it: data.Table{Value: …}`},
		{Table{Row: "a", Col: "b"}, "a,b,imdbRating,userRating\na,x,3,4\n",
			`which column holds the values is not found; name it: data.Table{Value: …}`},
		{Table{}, "index,user,item\n0,1,2\n1,1,3\n", `none of values; name it: data.Table{Value: …}; data.Ones`},
		{Table{}, ",user,item\n0,1,2\n1,1,3\n", `none of values; name it: data.Table{Value: …}; data.Ones`},
		{Table{}, "index,a,b,c,d\n3,1,2,3,4\n3,2,1,3,4\n",
			`the row's name "3" was given in line 2 already; names must differ; data.Table{Index: data.Ignore}`},
		{Table{Index: Ignore}, "nm,400.5,410\ns,1,2\nt,2,3\n", `data.Table{Form: data.Dense, Comma: ',', Header: data.Yes`},
		{Table{}, "time,user,item\n1,a,x\n2,b,y\n",
			`none of values; name it: data.Table{Value: …}; data.Ones for 1 everywhere`},
		{Table{}, "a,b\nx,y\n", `is not a number`},
		{Table{}, "$5.00,3\n2,1\n", `file.csv:1:1: "$5.00" is not a number`},
		{Table{}, "\xa0;1;2;3;4\n7;0,5;1;2;3\n", `the file can be read in two ways`}, // a blank of Windows-1252
		{Table{}, "50%\n2\n", `file.csv:1:1: "50%" is not a number`},
		{Table{}, "0x10,3\n2,1\n", `file.csv:1:1: "0x10" is not a number`},
		{Table{}, ",a,b\n,1,2\nr2,3,4\n", `file.csv:2:1: the name of the row is blank`},
		{Table{}, "day,a\nmon,1\nmon,2\n",
			`file.csv:3: the row's name "mon" was given in line 2 already; names must differ; data.Table{Index: data.Ignore}`},
		{Table{}, "a,a\n1.5,2\n", `columns 1 and 2 have the same name "a"`},
		{Table{}, "1,2\n3\n", `file.csv:2`},
		{Table{}, "1,2\n3,inf\n", `file.csv:2:2: "inf" is not a finite number`},
		{Table{}, "", "file.csv: the file is empty"},
		{Table{}, "\n\n", "file.csv: the file is empty"},
		{Table{}, "a,b\n", "file.csv: "},
		{Table{}, "NA,?\n,null\n", "file.csv: every cell is blank; at least one entry must be known"},
		{Table{}, "1:\n5,3,2005-01-01\n7\n", "file.csv:3: the line has 1 cells; below a film"},
		{Table{Row: "x"}, "user,item,rating\na,x,1\n", `Table.Row is "x"; it must be a column of`},
		{Table{Row: "9"}, "1,2,3\n", `Table.Row is "9"; `},
		{Table{Row: "user", Col: "user"}, "user,item,rating\na,x,1\n", "columns 1, 1 and 3; they must differ"},
		{Table{Row: "user", Value: "user"}, "user,item,rating\na,x,1\n", "columns 1, 2 and 1; they must differ"},
		{Table{Col: "item", Value: "item"}, "user,item,rating\na,x,1\n", "columns 1, 2 and 2; they must differ"},
		{Table{Comma: 'x'}, "1\n", `data: Table.Comma is 'x'; it must be`},
		{Table{Decimal: ';'}, "1\n", `data: Table.Decimal is ';'; it must be '.' or ','`},
		{Table{Form: 7}, "1\n", `data: Table.Form is 7; it must be Dense or Triples`},
		{Table{Header: Ignore}, "1\n", `data: Table.Header is 3; it must be Yes or No`},
		{Table{Rows: 3}, "1\n", `data: Table.Count is 0; it must be FromZero or FromOne where Rows or Cols is set`},
		{Table{Form: Triples, Count: FromOne, Rows: 2}, "3,1,5\n", "row 3 is out of range; it must be from 1 to 2"},
		{Table{}, "row,col,value\n-1,1,3\n2,1,4\n",
			`file.csv:2:1: row "-1" is not a whole number from 0 on; data.Table{Count: data.Names} reads it as a name`},
		{Table{}, "row,col,value\n2,1.5,3\n2,1,4\n", `file.csv:2:2: col "1.5" is not a whole number from 0 on`},
		{Table{}, "%%MatrixMarket matrix coordinate real general\n2 2 1\n1 1 1\n", "the text is Matrix Market"},
		{Table{Form: Triples, Count: FromZero}, "a,1,5\n", `file.csv:1:1: "a" is not a whole number`},
	} {
		_, err := c.table.Load(write(t, "file.csv", c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q with %v:\n got %v\nwant %s", c.text, c.table, err, c.want)
		}
	}
	if _, _, err := (Table{}).LoadTimed(write(t, "file.csv", "user,item,rating\na,x,1\n")); err == nil ||
		!strings.Contains(err.Error(), "no column of times is found") {
		t.Errorf("times of a file without: %v", err)
	}
}

// A time that is none is named with its place.
func TestBadTimes(t *testing.T) {
	for _, c := range []struct{ header, line, place, text string }{
		{"user,item,rating,time", "a,x,1,%s", "3:4", "soon"}, {"user,item,rating,time", "a,x,1,%s", "3:4", "NaN"},
		{"user,item,rating,time", "a,x,1,%s", "3:4", "-inf"}, {"time,user,item,rating", "%s,a,x,1", "3:1", "12 h"},
		{"user,time,item,rating", "a,%s,x,1", "3:2", "2026-13-01"},
	} {
		another := strings.Replace(c.line, "x", "y", 1)
		text := c.header + "\n" + fmt.Sprintf(c.line, "7") + "\n" + fmt.Sprintf(another, c.text)
		_, _, err := Table{}.LoadTimed(write(t, "file.csv", text))
		want := fmt.Sprintf("file.csv:%s: %q is not a time; it must be a number or a date", c.place, c.text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q:\n got %v\nwant %s", text, err, want)
		}
	}
}

// Times are those of the values, whatever the order of the file.
func TestLoadTimed(t *testing.T) {
	for name, text := range map[string]string{
		"numbers": "user,item,rating,timestamp\nb,x,5,30\na,x,3,20\na,y,4,10\n",
		"many digits": "user,item,rating,timestamp\nb,x,5,00000000000000000000030\na,x,3,00000000000000000000020\n" +
			"a,y,4,00000000000000000000010\n",
		"dates": "user,item,rating,date\nb,x,5,1970-01-01T00:00:30Z\na,x,3,1970-01-01 " +
			"00:00:20\na,y,4,1970-01-01 00:00:10\n",
		"without a header, each word once": "c,10,5,2000000030\na,10,3,2000000020\nb,11,4,2000000010\n",
	} {
		o, times, err := Table{}.LoadTimed(write(t, "file.csv", text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for k := range times {
			times[k] = math.Mod(times[k], 2e9)
		}
		want := map[float64]float64{5: 30, 3: 20, 4: 10}
		for k, x := range o.Values() {
			if times[k] != want[x] {
				t.Errorf("%s: the time of %v is %v, want %v", name, x, times[k], want[x])
			}
		}
	}
}

// Dates are right beyond the years from 1678 to 2262, which nanoseconds since 1970 reach.
func TestDistantTimes(t *testing.T) {
	for text, want := range map[string]float64{"9999-12-31": 253402214400, "0001-01-01": -62135596800,
		"1970-01-02T00:00:00.25Z": 86400.25, "1969-12-31T23:59:59.75Z": -0.25} {
		if got, err := timeOf([]byte(text)); got != want || err != nil {
			t.Errorf("%s is %v, error %v; want %v", text, got, err, want)
		}
	}
}

// A time does not depend on the zone of the machine that reads it.
func TestZonesOfTimes(t *testing.T) {
	local := time.Local
	defer func() { time.Local = local }()
	for _, zone := range []string{"UTC", "America/New_York", "Europe/London"} {
		var err error
		if time.Local, err = time.LoadLocation(zone); err != nil {
			t.Skip(err)
		}
		for text, want := range map[string]float64{"Mon, 05 Jan 1998 12:00:00 GMT": 884001600,
			"Sun, 05 Jul 1998 12:00:00 UTC": 899640000, "Sun, 05 Jul 1998 12:00:00 -0400": 899654400} {
			if got, err := timeOf([]byte(text)); got != want || err != nil {
				t.Errorf("in %s, %s is %v, error %v; want %v", zone, text, got, err, want)
			}
		}
		for _, text := range []string{"Sun, 05 Jul 1998 12:00:00 EDT", "Sun, 05 Jul 1998 12:00:00 BST"} {
			if got, err := timeOf([]byte(text)); err == nil {
				t.Errorf("in %s, %s is %v", zone, text, got)
			}
		}
	}
}

// What is written with names comes back with them.
func TestNamesRoundTrip(t *testing.T) {
	o, err := mc.NewObservations(3, 2, []mc.Entry{{Row: 0, Col: 1, Value: 2.5}, {Row: 2, Col: 0, Value: -1},
		{Row: 2, Col: 1, Value: 1e-9}})
	if err != nil {
		t.Fatal(err)
	}
	for _, labels := range [][]string{{"ann", "bob, jr", "c \"x\" d", "up", "heat; 2"},
		{"7", "600", "9", "193609", "31"}, {"1990", "1991", "1992", "5", "6"}, {"0", "1", "2", "0x", "NA"},
		{"2.5", "1.5", "7.0", "-", "?"}, {"007", "7", " 7", "007", "-"}, {"-", "?", "NA", " a", "a"},
		{"1", "b", "2", "2.5", "1.5"}, {"NA", "b", " a", "a ", "a"}, {"b::1", "b::2", "x", "u", "v"},
		{"x 1 2", "x 1 3", "1.5E+10", "u;1", "u|1"}, {"1,5", "2,5", "true", "1,234", "#"}} {
		rows, err := mc.NewIndex("user", labels[:3])
		if err != nil {
			t.Fatal(err)
		}
		cols, err := mc.NewIndex("item", labels[3:])
		if err != nil {
			t.Fatal(err)
		}
		named, err := o.WithIndex(rows, cols)
		if err != nil {
			t.Fatal(err)
		}
		for name, write := range map[string]func(*bytes.Buffer) error{
			"WriteTable":   func(b *bytes.Buffer) error { return WriteTable(b, named) },
			"WriteTriples": func(b *bytes.Buffer) error { return WriteTriples(b, named) },
		} {
			var b bytes.Buffer
			if err := write(&b); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(t.TempDir(), "file.csv")
			if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			back, err := Load(path)
			if err != nil {
				t.Errorf("%s of %q: %v\n%s", name, labels, err, b.String())
				continue
			}
			if diff := cmp.Diff(labelled(named), labelled(back)); diff != "" {
				t.Errorf("%s of %q (-want +got):\n%s", name, labels, diff)
			}
		}
	}
	// All divisions keep them.
	rows, _ := mc.NewIndex("user", []string{"a", "b", "c"})
	named, err := o.WithIndex(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Split(named, 0.4, 1)
	if err != nil {
		t.Fatal(err)
	}
	z, err := Standardize(p)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []mc.Measurement{p.Train, p.Test, z.Problem.Train, z.Problem.Test} {
		if m.(*mc.Observations).RowIndex() != rows {
			t.Error("a division has lost the names of its rows")
		}
	}
}

// The dense form of Jester has the number of ratings in front, and 99 where there is none.
func TestJester(t *testing.T) {
	text := ""
	for i := range 3 {
		rated, row := 0, ""
		for j := range 12 {
			x := "99"
			if (i+j)%3 == 0 {
				x, rated = fmt.Sprintf("%.2f", float64(j-6)+.25), rated+1
			}
			row += "," + x
		}
		text += fmt.Sprint(rated) + row + "\n"
	}
	o, err := Load(write(t, "jester-data-1.csv", text))
	if err != nil {
		t.Fatal(err)
	}
	if rows, cols := o.Dims(); rows != 3 || cols != 12 || o.Len() != 12 {
		t.Errorf("%d entries of %d×%d, want 12 of 3×12", o.Len(), rows, cols)
	}
	for _, e := range o.All() {
		if (e.Row+e.Col)%3 != 0 || e.Value != float64(e.Col-6)+.25 {
			t.Errorf("entry %v", e)
		}
	}
}

// What is stated to be known is: nothing of the form of Jester is guessed.
func TestNotJester(t *testing.T) {
	const text = "2,99,1,99,99,99,99,99,99,99,3\n1,99,99,99,99,99,99,99,99,99,3\n"
	matrix, err := ReadTable("file.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	table, err := Table{Unknown: []string{}}.Load(write(t, "file.csv", text))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]*mc.Observations{"ReadTable": matrix, "Table": table} {
		if rows, cols := o.Dims(); rows != 2 || cols != 11 || o.Len() != 22 {
			t.Errorf("%s: %d entries of %d×%d, want 22 of 2×11", name, o.Len(), rows, cols)
		}
	}
}

// Sums are no entries of a matrix: they are asked about, and left out or kept as the answer says.
func TestTotals(t *testing.T) {
	const text = "place;a;b;Summe\nx;1;2;3\ny;3;;3\nz;5;6;11\nSumme;9;8;17\n"
	path := write(t, "sums.csv", text)
	_, err := Load(path)
	if err == nil || !strings.Contains(err.Error(), `Skip: []string{"Summe"}}.Load`) ||
		!strings.Contains(err.Error(), "Skip: []string{}}.Load") {
		t.Fatalf("error %v, want one that shows both readings", err)
	}
	for want, skip := range map[int][]string{5: {"Summe"}, 11: {}} {
		o, err := Table{Skip: skip}.Load(path)
		if err != nil {
			t.Fatal(err)
		}
		rows, cols := o.Dims()
		_, there := o.RowIndex().Find("Summe")
		if o.Len() != want || there != (want == 11) || rows != cols+1 {
			t.Errorf("Skip %q: %d×%d with %d entries, want %d", skip, rows, cols, o.Len(), want)
		}
		if x, ok := o.ColIndex().Find("b"); !ok || x != 1 || o.RowIndex().Label(2) != "z" {
			t.Errorf("Skip %q: the names are not those of the file", skip)
		}
	}
	if _, err := (Table{Skip: []string{"c"}}).Load(path); err == nil ||
		!strings.Contains(err.Error(), `Table.Skip has "c"`) {
		t.Errorf("error %v, want one that names Skip", err)
	}
	if _, err := (Table{Skip: []string{"x", "y", "z", "Summe"}}).Load(path); err == nil ||
		!strings.Contains(err.Error(), "nothing") {
		t.Errorf("error %v, want one that says that nothing is left", err)
	}
	// Means are found alike, in a row alone.
	path = write(t, "means.csv", "n,a,b\nx,1,2\ny,3,4\nAverage,2,3\n")
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), `Skip: []string{"Average"}`) {
		t.Errorf("error %v, want one that asks about the means", err)
	}
}

// Further columns come in the order of the values.
func TestLoadKept(t *testing.T) {
	path := write(t, "reviews.csv",
		"title;user;item;rating;shop\nfine;bob;up;5;north\n\"so; "+
			"so\";ann;up;4;south\npoor;ann;heat;;south\nbad;ann;wall-e;3;north\n")
	o, texts, err := Table{}.LoadKept(path, "shop", "title")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for k, e := range o.Entries() {
		got[o.RowIndex().Label(e.Row)+" "+o.ColIndex().Label(e.Col)] = texts["title"][k] + ", " + texts["shop"][k]
	}
	want := map[string]string{"bob up": "fine, north", "ann up": "so; so, south", "ann wall-e": "bad, north"}
	if !maps.Equal(got, want) {
		t.Errorf("kept %v, want %v", got, want)
	}
	twice := write(t, "twice.csv", "user,item,rating,when\nann,up,4,early\nann,up,2,late\n")
	o, texts, err = Table{Twice: KeepMean}.LoadKept(twice, "when")
	if err != nil || o.Len() != 1 || o.Values()[0] != 3 || !slices.Equal(texts["when"], []string{"late"}) {
		t.Errorf("the entry that is there twice: %v, %v, error %v", o, texts, err)
	}
	for want, f := range map[string]func() error{
		`no column "genre"`:    func() error { _, _, err := Table{}.LoadKept(path, "genre"); return err },
		"no columns are named": func() error { _, _, err := Table{}.LoadKept(path); return err },
		"must have a line per entry": func() error {
			_, _, err := Table{}.LoadKept(write(t, "dense.csv", "n,a,b\nx,1.5,2\ny,3,4\n"), "a")
			return err
		},
	} {
		if err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}

// A zip of one table is read, whatever macOS adds; one of several names them.
func TestZip(t *testing.T) {
	text := "n;a;b\nr1;1;2,5\nr2;;4\n"
	zipped := func(names ...string) string {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, text)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return write(t, "archive.zip", b.String())
	}
	for _, names := range [][]string{{"a.csv"}, {"folder/", "folder/a.csv", "folder/README.txt"},
		{"__MACOSX/._a.csv", "a.csv", ".DS_Store"}} {
		o, err := Load(zipped(names...))
		if err != nil || o.Len() != 3 || o.RowIndex().Label(1) != "r2" || o.Values()[1] != 2.5 {
			t.Errorf("%q: %v, error %v", names, o, err)
		}
	}
	_, err := Load(zipped("a.csv", "b.csv"))
	if err == nil || !strings.Contains(err.Error(), `"a.csv", "b.csv"`) {
		t.Errorf("error %v, want one that names both files", err)
	}
	if _, err := Load(zipped()); err == nil {
		t.Error("an empty zip: no error")
	}
	// A file of the name of MovieLens may be another table, unless it is of that form.
	for _, c := range []struct{ name, text, row string }{
		{"ratings.csv", "userId,movieId,rating\n7,31,4\n600,31,9.5\n", "600"},
		{"ml/ratings.csv", "user;item;rating;price\n7;31;4;1\n600;31;9,5;2\n", "600"},
		{"ratings.dat", "7::31::4\n7::32::5\n600::31::9.5\n", "600"},
		{"u.data", "user\titem\trating\n7\t31\t4\n600\t31\t9.5\n", "600"},
		{"ratings.csv", "userId,movieId,rating,timestamp\n7,31,4,1\n7,32,4.5,1\n", "32"},
	} {
		text = c.text
		o, err := Load(zipped(c.name, "README.txt"))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if row := o.RowIndex().Label(1); row != c.row {
			t.Errorf("%s: row 1 is %s, want %s", c.name, row, c.row)
		}
	}
}

// What is wrong is said where it is, with what would be right.
func TestMoreErrors(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"a spreadsheet's ids", "user,item,rating\n1.23457E+11,a,3\n1.23457E+11,b,4\n",
			`:2:1: the name "1.23457E+11" of the user is a number that a spreadsheet has rounded`},
		{"a bar in a comment", "a,b,comment\n1,2,see |5\n", `:2:3: "see |5" is not a number`},
		{"units", "n;a;b\nx;1,50 €;2,00 €\ny;3,00 €;4,00 €\n", `:2:3: "2,00 €" is not a number`},
		{"thousands", "n,a,b\nx,\"1,234\",2\ny,3,4\n", "data.Table{Decimal: ','} reads it as 1.234, data.Table{Decimal: '.'} as 1234"},
		{"thousands or decimals between tabs", "user\tartist\tplays\na\tx\t1,234\na\ty\t12\nb\tx\t3,456\n",
			":2:3: \"1,234\" is not a number; data.Table{Decimal: ','} reads it as 1.234, data.Table{Decimal"},
		{"thousands or decimals in all cells", "n\ta\nx\t1,234\ny\t5,678\n", ":2:2: \"1,234\" is not a number; data.Table{"},
		{"thousands or decimals", "n;a;b\nx;1,234;950\n", "data.Table{Decimal: ','} reads it as 1.234, data.Table{Decimal: '.'} as 1234"},
		{"two decimal marks", "n;a;b\nx;1,5;2.5\ny;3;4\n", `:2:3: "2.5" is not a number with a decimal comma`},
		{"the same name twice", "n,a,a\nx,1.5,2\ny,3,4\n", `columns 1 and 2 have the same name "a"`},
	} {
		_, err := Load(write(t, "file.csv", c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}
