//go:build tools

// Package tools pins actionlint: tools/build_actionlint.py builds what go.mod and go.sum say here.
package tools

import _ "github.com/rhysd/actionlint/cmd/actionlint"
