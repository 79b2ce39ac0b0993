// etcd-load drives etcd with the same load as Balsa's own load generators, through etcd's own Go client, so that
// etcd is compared at its best and not through a slower client of another language.
//
// It takes the load specification as one JSON argument and prints one JSON event a line; both are described in
// packages/bench/src/load/spec.ts and events.ts.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type loadSpec struct {
	Addresses        []string `json:"addresses"`
	Clients          int      `json:"clients"`
	Connections      int      `json:"connections"`
	ValueBytes       int      `json:"valueBytes"`
	WarmupSeconds    int      `json:"warmupSeconds"`
	Seconds          int      `json:"seconds"`
	RatePerSecond    *float64 `json:"ratePerSecond"`
	RequestTimeoutMs int      `json:"requestTimeoutMs"`
}

// refusedPause keeps a system that refuses at once from being asked again in a hot loop.
const refusedPause = 10 * time.Millisecond

func main() {
	// The parent holds the other end of standard input: its end is the parent's end.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	if err := run(); err != nil {
		emit(map[string]any{"event": "failed", "message": err.Error()})
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return errors.New("the load specification must be the only argument")
	}
	var spec loadSpec
	if err := json.Unmarshal([]byte(os.Args[1]), &spec); err != nil {
		return fmt.Errorf("load specification: %w", err)
	}
	if len(spec.Addresses) == 0 || spec.Clients < 1 || spec.Connections < 1 || spec.ValueBytes < 1 || spec.Seconds < 1 || spec.RequestTimeoutMs < 1 {
		return errors.New("load specification: addresses, clients, connections, valueBytes, seconds and requestTimeoutMs must be positive")
	}
	connections, err := connect(spec)
	if err != nil {
		return err
	}
	defer func() {
		for _, connection := range connections {
			_ = connection.Close()
		}
	}()
	emit(map[string]any{"event": "ready"})
	emit(drive(spec, connections))
	return nil
}

func connect(spec loadSpec) ([]*clientv3.Client, error) {
	connections := make([]*clientv3.Client, spec.Connections)
	for i := range connections {
		connection, err := clientv3.New(clientv3.Config{
			Endpoints:   spec.Addresses[:1],
			DialTimeout: time.Duration(spec.RequestTimeoutMs) * time.Millisecond,
			Logger:      zap.NewNop(),
		})
		if err != nil {
			return nil, err
		}
		connections[i] = connection
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(spec.RequestTimeoutMs)*time.Millisecond)
		_, err = connection.Get(ctx, "bench")
		cancel()
		if err != nil {
			return nil, err
		}
	}
	return connections, nil
}

// load is what all simulated clients share.
type load struct {
	spec       loadSpec
	start      time.Time
	latencies  histogram
	operations atomic.Int64
	handedOut  atomic.Int64
	measuring  atomic.Bool
	stopped    chan struct{}
}

func drive(spec loadSpec, connections []*clientv3.Client) map[string]any {
	shared := &load{spec: spec, start: time.Now(), stopped: make(chan struct{})}
	value := make([]byte, spec.ValueBytes)
	for i := range value {
		value[i] = 'b'
	}
	statusesOfClients := make([]map[codes.Code]int64, spec.Clients)
	var done sync.WaitGroup
	for i := range spec.Clients {
		done.Go(func() {
			statusesOfClients[i] = shared.write(connections[i%len(connections)], fmt.Sprintf("bench/%d", i), string(value))
		})
	}
	stopProgress := reportProgress(&shared.operations)

	time.Sleep(time.Duration(spec.WarmupSeconds) * time.Second)
	unstartedBefore := shared.unstarted()
	before := shared.operations.Load()
	shared.measuring.Store(true)
	emit(map[string]any{"event": "measuring"})
	measuringFrom := time.Now()
	time.Sleep(time.Duration(spec.Seconds) * time.Second)
	shared.measuring.Store(false)
	close(shared.stopped)
	seconds := time.Since(measuringFrom).Seconds()
	operations := shared.operations.Load() - before
	unstarted := max(0, shared.unstarted()-unstartedBefore)
	emit(map[string]any{"event": "measured"})
	close(stopProgress)
	done.Wait()

	statuses := map[string]int64{}
	for _, ofClient := range statusesOfClients {
		for code, count := range ofClient {
			statuses[code.String()] += count
		}
	}
	return map[string]any{
		"event":       "report",
		"operations":  operations,
		"seconds":     seconds,
		"statuses":    statuses,
		"latenciesUs": shared.latencies.pairs(),
		"unstarted":   unstarted,
	}
}

// write is one simulated client, from the first write to the last; it returns how often it got which status while
// the load was measured.
func (l *load) write(connection *clientv3.Client, key, value string) map[codes.Code]int64 {
	statuses := map[codes.Code]int64{}
	timeout := time.Duration(l.spec.RequestTimeoutMs) * time.Millisecond
	for {
		started, more := l.nextStart()
		if !more {
			return statuses
		}
		ctx, cancel := context.WithTimeout(context.Background(), timeout)
		_, err := connection.Put(ctx, key, value)
		cancel()
		if err == nil {
			l.operations.Add(1)
		}
		if l.measuring.Load() {
			statuses[status.Code(err)]++
			if err == nil {
				l.latencies.record(time.Since(started))
			}
		}
		if err != nil {
			time.Sleep(refusedPause)
		}
	}
}

// nextStart is now in closed loop; in open loop it waits until the next write is due and returns when it was due,
// which lies in the past if all clients were waiting for answers. It returns false when the load has ended.
func (l *load) nextStart() (time.Time, bool) {
	due := time.Now()
	if l.spec.RatePerSecond != nil {
		number := l.handedOut.Add(1) - 1
		due = l.start.Add(time.Duration(float64(number) / *l.spec.RatePerSecond * float64(time.Second)))
	}
	if wait := time.Until(due); wait > 0 {
		select {
		case <-l.stopped:
		case <-time.After(wait):
		}
	}
	select {
	case <-l.stopped:
		return due, false
	default:
		return due, true
	}
}

// unstarted counts the writes that are due and that no client has taken yet.
func (l *load) unstarted() int64 {
	if l.spec.RatePerSecond == nil {
		return 0
	}
	due := int64(time.Since(l.start).Seconds() * *l.spec.RatePerSecond)
	return max(0, due-l.handedOut.Load())
}

func reportProgress(operations *atomic.Int64) chan<- struct{} {
	stop := make(chan struct{})
	go func() {
		ticker := time.NewTicker(500 * time.Millisecond)
		defer ticker.Stop()
		last := operations.Load()
		for {
			select {
			case <-stop:
				return
			case <-ticker.C:
				now := operations.Load()
				emit(map[string]any{"event": "progress", "operationsPerSecond": (now - last) * 2})
				last = now
			}
		}
	}()
	return stop
}

var emitLock sync.Mutex

func emit(event map[string]any) {
	emitLock.Lock()
	defer emitLock.Unlock()
	_ = json.NewEncoder(os.Stdout).Encode(event)
}
