"""The Pulumi program: what AWS should look like so that production is watched."""
