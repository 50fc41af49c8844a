package cli

import (
	"context"
	"crypto/tls"
	"time"

	"availproxy/freebusy"
	"availproxy/integration/forest"
)

// asOldServer asks a ProxyUrl as an Exchange server of that age does.
func (l *lookup) asOldServer(ctx context.Context, q forest.Question, loc *time.Location) (result, error) {
	generation, err := forest.ParseGeneration(l.as)
	if err != nil {
		return result{}, err
	}
	roots, err := rootsIn("--ca", l.ca)
	if err != nil {
		return result{}, err
	}
	password, token, err := l.secrets()
	if err != nil {
		return result{}, err
	}
	caller := forest.Caller{
		URL: l.url, Generation: generation, Zone: forestZone(freebusy.ZoneOf(loc, q.From)), RootCAs: roots,
		User: l.user, Password: forest.Secret(password), Token: forest.Secret(token),
		// Windows of that age has no TLS 1.3, and the server that is asked may be as old.
		MinTLS: tls.VersionTLS10, MaxTLS: tls.VersionTLS12,
	}
	defer caller.Close()
	reply, err := caller.Ask(ctx, q)
	if err != nil {
		return result{}, err
	}
	res := fromReply(q, reply)
	for i := range res.Mailboxes {
		res.Mailboxes[i].Path = pathResult{Cache: "none", Hops: []hopResult{}}
		for _, h := range reply.Hops {
			res.Mailboxes[i].Path.Hops = append(res.Mailboxes[i].Path.Hops, hopResult{Name: h.Name, MS: milliseconds(h.Took)})
		}
	}
	return res, nil
}

// forestZone is the same zone in the words of the simulated servers.
func forestZone(z freebusy.TimeZone) forest.Zone {
	turn := func(s freebusy.Transition) forest.Switch {
		at := time.Time{}.Add(time.Duration(s.Time) * time.Second).Format(time.TimeOnly)
		return forest.Switch{Bias: s.Bias, Month: s.Month, DayOrder: s.DayOrder, DayOfWeek: s.DayOfWeek, Time: at, Year: s.Year}
	}
	return forest.Zone{Bias: z.Bias, Standard: turn(z.Standard), Daylight: turn(z.Daylight)}
}
