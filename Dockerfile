# syntax=docker/dockerfile:1
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=devel
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=${VERSION}" -o /out/availproxy ./cmd/availproxy

# Nothing but the static binary, which carries the time zones, and the roots of
# the public certificate authorities.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/availproxy /availproxy
# GOMEMLIMIT is for whoever runs this to set, with cache.size: twice that and
# 256MiB. For the default that is "-e GOMEMLIMIT=768MiB -m 1g".
# Stopping takes the lame duck and what has begun: "docker stop -t 60".
USER 65532:65532
EXPOSE 443 9910
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/availproxy", "health"]
ENTRYPOINT ["/availproxy"]
CMD ["serve", "--config", "/etc/availproxy/config.yaml"]
