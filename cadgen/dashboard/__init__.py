"""What a project of wandb shows of our runs, as code: a workspace, and a report of the ablations."""
