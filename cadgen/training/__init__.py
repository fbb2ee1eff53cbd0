"""What training is: data by steps, objectives, the LightningModule."""
