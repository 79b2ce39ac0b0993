package main

import "testing"

func TestBucketsHoldTheirValuesWithinOneThousandth(t *testing.T) {
	last := -1
	for us := int64(1); us <= highestUs; us += max(1, us/5_000) {
		bucket := bucketOf(us)
		if bucket < last || bucket >= bucketCount {
			t.Fatalf("%d us: bucket %d after %d of %d", us, bucket, last, bucketCount)
		}
		last = bucket
		if lowest := valueOf(bucket); lowest > us || float64(us-lowest) > float64(us)/1_000 {
			t.Fatalf("%d us: bucket %d stands for %d us", us, bucket, lowest)
		}
	}
	if bucketOf(highestUs) != bucketCount-1 {
		t.Fatalf("the highest value falls into bucket %d of %d", bucketOf(highestUs), bucketCount)
	}
}
