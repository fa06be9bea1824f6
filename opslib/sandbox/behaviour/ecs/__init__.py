"""ECS: services that roll out over time, tasks that start, stop, crash and fail their health checks.

moto keeps clusters, task definitions, tags and task sets. Services, deployments, service deployments, service revisions
and tasks are ours (`model`). A task moves by itself (`task_life`, `task_health`); a service is looked at whenever
something about it changed (`rollout`), by a decision that is pure (`decision`). Which rule follows which page of AWS is
in `opslib/sandbox/behaviour/ecs.md`.
"""
