"""Step Functions on the sandbox's clock: a small interpreter of Amazon States Language.

moto has one too, but it waits and retries in real time, accepts definitions that AWS refuses, and knows nothing of our
behaviours. `state_machines.md`, one directory up, says what AWS's rule is and where this follows it.
"""
