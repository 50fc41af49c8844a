// Package check looks at everything that a question will need, before a user
// has to: the configuration, the auth certificate, the way to each forest, a
// token, one look-up. Each thing it looks at becomes a [Finding] with what was
// seen, what should be and what mends it; a [Report] of them is rendered as
// text, JSON or HTML.
package check
