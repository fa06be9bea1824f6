//go:build tools

// Package tools pins the Pulumi CLI: tools/build_pulumi.py builds what go.mod and go.sum say here.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
