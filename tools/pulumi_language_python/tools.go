//go:build tools

// Package tools pins Pulumi's language host for Python. It is a module of its own because the newest one that the Go
// module proxy serves is older than the CLI's own dependencies allow.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
