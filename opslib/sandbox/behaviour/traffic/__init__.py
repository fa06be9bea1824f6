"""Traffic: a synthetic load that turns the state of tasks, targets, databases, caches and functions into metrics.

Once a minute the world is looked at (`look`), the minute's requests are shared out and answered (`demand`, `serve`,
`data_stores`), and what AWS would publish of it is published (`published_*`). Everything between looking and publishing
is pure. What is modelled how, and how crudely, is in `opslib/sandbox/behaviour/traffic.md`.
"""
