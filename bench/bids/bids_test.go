package bids

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// row is a bid as a reader of the files sees it.
type row struct {
	Auction  int64  `json:"auction"`
	Bidder   int64  `json:"bidder"`
	Price    int64  `json:"price"`
	Channel  string `json:"channel"`
	URL      string `json:"url"`
	DateTime string `json:"dateTime"`
	Extra    string `json:"extra"`
}

func generated(t *testing.T, shape Shape, n int) []Bid {
	t.Helper()
	g := NewGenerator(shape)
	all := make([]Bid, n)
	for i := range all {
		g.Next(&all[i])
		all[i].Channel = bytes.Clone(all[i].Channel)
		all[i].URL = bytes.Clone(all[i].URL)
		all[i].Extra = bytes.Clone(all[i].Extra)
	}
	return all
}

func TestShapeOfTheBids(t *testing.T) {
	const n = 300_000 // 30 s of event time
	all := generated(t, Nexmark(1), n)

	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
	hot, large, bytesInAll := 0, 0, 0
	perWindow := map[int64]map[int64]int{}
	for i, b := range all {
		// 10,000 a second are ten in every millisecond.
		if want := start + int64(i)/10; b.Time != want {
			t.Fatalf("bid %d has time %d, want %d", i, b.Time, want)
		}
		if b.Price < 100 || b.Price >= 100_000_000 {
			t.Fatalf("bid %d has price %d", i, b.Price)
		}
		if b.Auction%100 == 0 {
			hot++
		}
		if !bytes.HasPrefix(b.Channel, []byte("channel-")) {
			large++
		}
		window := b.Time / 10_000
		if perWindow[window] == nil {
			perWindow[window] = map[int64]int{}
		}
		perWindow[window][b.Auction]++
		bytesInAll += len(AppendCSV(nil, &b))
	}
	// Half of the bids, and the hundredth part of the other half.
	if share := float64(hot) / n; share < 0.49 || share > 0.52 {
		t.Errorf("%.3f of the bids go to hot auctions", share)
	}
	if share := float64(large) / n; share < 0.49 || share > 0.51 {
		t.Errorf("%.3f of the bids come through large channels", share)
	}
	if mean := bytesInAll / n; mean < 180 || mean > 220 {
		t.Errorf("a line of CSV has %d bytes", mean)
	}
	if len(perWindow) != 3 {
		t.Fatalf("%d windows, want 3", len(perWindow))
	}
	for window, auctions := range perWindow {
		// 100,000 bids, of which every fifteenth opens an auction.
		if len(auctions) < 6_000 || len(auctions) > 7_000 {
			t.Errorf("window %d has %d auctions", window, len(auctions))
		}
	}
}

// Both encodings, read by decoders that are not ours, say the same.
func TestCSVAndJSONSayTheSame(t *testing.T) {
	const n = 5_000
	var csvText, jsonText []byte
	awkward := 0
	for _, b := range generated(t, Nexmark(3), n) {
		csvText, jsonText = AppendCSV(csvText, &b), AppendJSON(jsonText, &b)
		if bytes.ContainsAny(b.Extra, `,"\`) {
			awkward++
		}
	}
	if awkward != n/1_000 {
		t.Errorf("%d bids need quotes, want %d", awkward, n/1_000)
	}
	records, err := csv.NewReader(bytes.NewReader(csvText)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	objects := json.NewDecoder(bytes.NewReader(jsonText))
	objects.DisallowUnknownFields()
	for i, r := range records {
		var o row
		if err := objects.Decode(&o); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		auction, err1 := strconv.ParseInt(r[0], 10, 64)
		bidder, err2 := strconv.ParseInt(r[1], 10, 64)
		price, err3 := strconv.ParseInt(r[2], 10, 64)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatalf("line %d: %v", i+1, r)
		}
		if c := (row{auction, bidder, price, r[3], r[4], r[5], r[6]}); c != o {
			t.Fatalf("line %d: CSV has %+v, JSON %+v", i+1, c, o)
		}
		if _, err := time.Parse(timeLayout, o.DateTime); err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
	}
	if len(records) != n || objects.More() {
		t.Errorf("%d records of CSV, want %d; more JSON: %v", len(records), n, objects.More())
	}
}

// What a seed gives may change only together with generation: otherwise files
// made before would count as the ones that are wanted.
func TestASeedAlwaysGivesTheSameBids(t *testing.T) {
	const frozen = "f8c724d82357dae2" // of generation 1
	var text []byte
	for _, b := range generated(t, Nexmark(1), 10_000) {
		text = AppendCSV(text, &b)
	}
	sum := sha256.Sum256(text)
	if got := hex.EncodeToString(sum[:8]); got != frozen || generation != 1 {
		t.Errorf("10,000 bids of seed 1 in generation %d have the hash %s, want %s in 1", generation, got, frozen)
	}
	other := AppendCSV(nil, &generated(t, Nexmark(2), 1)[0])
	if bytes.HasPrefix(text, other) {
		t.Errorf("seed 2 begins as seed 1: %s", other)
	}
}

func TestEnsureWritesOnlyWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	first, err := Ensure(dir, 20_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if !first.Made {
		t.Error("nothing was there, and nothing was made")
	}
	original, err := os.ReadFile(first.CSV)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(original)) != first.CSVBytes || bytes.Count(original, []byte("\n")) != 20_000 {
		t.Errorf("%d bytes and %d lines of CSV, want %d and 20000", len(original), bytes.Count(original, []byte("\n")), first.CSVBytes)
	}

	again, err := Ensure(dir, 20_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	if again.Made || again.CSVBytes != first.CSVBytes || again.JSONBytes != first.JSONBytes {
		t.Errorf("the second call returned %+v, the first %+v", again, first)
	}

	damage := map[string]func() error{
		"cut short":        func() error { return os.Truncate(first.CSV, first.CSVBytes-1) },
		"without JSON":     func() error { return os.Remove(first.JSON) },
		"without manifest": func() error { return os.Remove(filepath.Join(dir, "bids-20000-1.manifest.json")) },
		"broken manifest": func() error {
			return os.WriteFile(filepath.Join(dir, "bids-20000-1.manifest.json"), []byte("{"), 0o644)
		},
		"of another generation": func() error {
			return os.WriteFile(filepath.Join(dir, "bids-20000-1.manifest.json"),
				[]byte(`{"generation":0,"rows":20000,"seed":1,"csv_bytes":`+strconv.FormatInt(first.CSVBytes, 10)+
					`,"json_bytes":`+strconv.FormatInt(first.JSONBytes, 10)+`}`), 0o644)
		},
	}
	for name, do := range damage {
		if err := do(); err != nil {
			t.Fatal(err)
		}
		repaired, err := Ensure(dir, 20_000, 1)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(repaired.CSV)
		if err != nil {
			t.Fatal(err)
		}
		if !repaired.Made || !bytes.Equal(text, original) {
			t.Errorf("%s: made again: %v, as before: %v", name, repaired.Made, bytes.Equal(text, original))
		}
	}
}
