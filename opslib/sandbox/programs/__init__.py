"""Running Pulumi programs against the sandbox: by the real engine (`engine`), or in this process (`in_process`)."""
