package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// histogram counts microseconds: exactly up to 2,048, above that in buckets of 1/1,024 of their power of two, which
// is what a histogram of three significant digits holds. Many goroutines may record at once.
type histogram struct {
	counts [bucketCount]atomic.Int64
}

const (
	// exact values below 1 << exactBits; above, each power of two has 1 << (exactBits-1) buckets.
	exactBits   = 11
	half        = 1 << (exactBits - 1)
	highestBits = 30
	bucketCount = half * (highestBits - exactBits + 2)
	highestUs   = 1<<highestBits - 1
)

func (h *histogram) record(latency time.Duration) {
	h.counts[bucketOf(min(max(latency.Microseconds(), 1), highestUs))].Add(1)
}

// pairs lists [lowest value of the bucket, count], ascending, without empty buckets.
func (h *histogram) pairs() [][2]int64 {
	pairs := [][2]int64{}
	for i := range h.counts {
		if count := h.counts[i].Load(); count > 0 {
			pairs = append(pairs, [2]int64{valueOf(i), count})
		}
	}
	return pairs
}

func bucketOf(us int64) int {
	shift := max(0, bits.Len64(uint64(us))-exactBits)
	return shift*half + int(us>>shift)
}

func valueOf(bucket int) int64 {
	shift := max(0, bucket/half-1)
	return int64(bucket-shift*half) << shift
}
