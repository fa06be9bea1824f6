"""The rollback of an ECS service: what is seen, what is decided, the steps."""
