"""What a person may write about the parts of a stack that are no workloads: a file a part; no pulumi."""
