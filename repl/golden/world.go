package golden

import (
	"fmt"
	"strconv"
	"strings"
)

// World is one way to run a script. Zero values leave the setting alone.
type World struct {
	Parallelism, Max      int
	BatchRows, ChunkBytes int
	Phases                int // of window aggregates: 1 or 2
	Seed                  int
	// Killed is the parallelism at which killed jobs go on, and from which they go back to Parallelism; 0: none is killed.
	Killed     int
	checkpoint int // rows between two checkpoints
}

// The values that worlds are made of. 131 is a prime: no parallelism divides it.
var (
	parallelisms = []int{1, 2, 3, 8}
	batchRows    = []int{1, 7, 0}
	chunkBytes   = []int{3, 64, 0}
	maxima       = []int{128, 131}
	phases       = []int{1, 2}
	killed       = []int{0, 3, 8}
)

// Name is the world in short, p3-b7-c64-m131-f2-s5: parallelism, rows of a batch, bytes of a chunk, maximum
// parallelism, phases, seed; 0 is the setting's default. Behind it k8 says that jobs are killed and restored at
// parallelism 8.
func (w World) Name() string {
	name := fmt.Sprintf("p%d-b%d-c%d-m%d-f%d-s%d", w.Parallelism, w.BatchRows, w.ChunkBytes, w.Max, w.Phases, w.Seed)
	if w.Killed != 0 {
		name += fmt.Sprintf("-k%d", w.Killed)
	}
	return name
}

// ParseWorld reads a name.
func ParseWorld(name string) (World, error) {
	var w World
	for part := range strings.SplitSeq(name, "-") {
		if part == "" {
			continue
		}
		n, err := strconv.Atoi(part[1:])
		to := map[byte]*int{'p': &w.Parallelism, 'b': &w.BatchRows, 'c': &w.ChunkBytes, 'm': &w.Max, 'f': &w.Phases, 's': &w.Seed, 'k': &w.Killed}[part[0]]
		if err != nil || n < 0 || to == nil {
			return w, fmt.Errorf("'%s' is no world: write it as p3-b7-c64-m131-f2-s5-k8", name)
		}
		*to = n
	}
	return w, nil
}

// AllWorlds is the product of all values.
func AllWorlds() []World {
	var all []World
	for _, p := range parallelisms {
		for _, b := range batchRows {
			for _, c := range chunkBytes {
				for _, m := range maxima {
					for _, f := range phases {
						for _, k := range killed {
							all = append(all, World{Parallelism: p, BatchRows: b, ChunkBytes: c, Max: m, Phases: f, Seed: len(all), Killed: k})
						}
					}
				}
			}
		}
	}
	return all
}

// CoveringWorlds are twelve worlds in which every two values of different kinds meet at least once.
func CoveringWorlds() []World {
	var all []World
	for i, p := range parallelisms {
		for j, b := range batchRows {
			all = append(all, World{Parallelism: p, BatchRows: b, ChunkBytes: chunkBytes[(i+j)%3], Max: maxima[(i+j)%2], Phases: phases[(i/2+j)%2], Seed: len(all), Killed: killed[(2*i+j)%3]})
		}
	}
	return all
}

// settings are what the world sets, as the config file would.
func (w World) settings() []setting {
	var all []setting
	add := func(key string, n int) {
		if n != 0 {
			all = append(all, setting{key, strconv.Itoa(n)})
		}
	}
	add("parallelism.default", w.Parallelism)
	add("weir.batch.rows", w.BatchRows)
	add("weir.chunk.bytes", w.ChunkBytes)
	add("weir.seed", w.Seed)
	add("weir.checkpoint.rows", w.checkpoint)
	switch w.Phases {
	case 1:
		all = append(all, setting{"table.optimizer.agg-phase-strategy", "ONE_PHASE"})
	case 2:
		all = append(all, setting{"table.optimizer.agg-phase-strategy", "TWO_PHASE"})
	}
	return all
}
