// Command bench measures availproxy side by side with what else could answer:
//
//	go run ./integration/bench
//
// needs nothing but Go, and nginx for the rows about nginx (Debian: nginx-light);
// without it those are left out. It starts every contestant as a process of its
// own on loopback, checks every answer, and prints Markdown tables. The figures
// that count on a shared machine are the processor time that the server used for
// each request and how many mailboxes the forest was asked for; both repeat,
// while throughput and latency depend on the neighbours. Processor time is read
// from the clocks that Linux keeps for processes, and is missing elsewhere.
//
// With -quick it proves in a few seconds that everything works, and that the
// cache saves as many look-ups as it should, which does not depend on time.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"time"
)

// people live in the forest. Three forms a second among so many are as busy as
// 20 a second in an organisation of 20000.
const people = 3000

func main() {
	quick := flag.Bool("quick", false, "prove that it works; the times mean nothing")
	only := flag.String("only", "", "play the workloads with this in their names")
	p := pace{}
	flag.IntVar(&p.rounds, "rounds", 5, "how often each contestant is measured; what is printed is the median")
	flag.DurationVar(&p.each, "for", time.Second, "for how long each time")
	flag.Parse()
	if *quick {
		p = pace{1, 100 * time.Millisecond}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, os.Stdout, workloads(*quick), *only, p); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench plays the workloads whose names contain only, and prints what they came
// to.
func bench(ctx context.Context, w io.Writer, all []workload, only string, p pace) error {
	s, err := newStage(ctx, people)
	if err != nil {
		return err
	}
	defer s.close()
	fmt.Fprintf(w, "%d rounds of %s, medians; %s, %d processors. In brackets: how many times the first line.\n",
		p.rounds, p.each, runtime.Version(), runtime.NumCPU())
	if _, err := cpuOf(os.Getpid()); err != nil {
		fmt.Fprintln(w, err)
	}
	for _, load := range all {
		if !strings.Contains(load.name, only) {
			continue
		}
		r, err := s.play(ctx, load, p)
		if err != nil {
			return err
		}
		if err := r.write(w); err != nil {
			return err
		}
		if err := r.judge(w); err != nil {
			return err
		}
	}
	return s.told()
}
