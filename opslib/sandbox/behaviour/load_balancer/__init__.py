"""Load balancers: which targets are registered where, how their health checks go, and who gets the traffic.

moto keeps load balancers, listeners, rules and target groups. The targets and their health are ours: see `targets`;
`serving` says which targets get what share. What follows which page of AWS is in
`opslib/sandbox/behaviour/load_balancer.md`.
"""
